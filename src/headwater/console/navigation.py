"""What the menu offers, in its order."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """An entry of the menu. `permission` is what its page asks for."""

    path: str
    label: str
    permission: str


PLACES = (
    Place(path="/console", label="Home", permission="status.read"),
    Place(path="/console/debugger", label="Debugger", permission="deliveries.read"),
    Place(path="/console/sources", label="Sources", permission="sources.read"),
    Place(path="/console/destinations", label="Destinations", permission="destinations.read"),
    Place(path="/console/actions", label="Actions", permission="actions.read"),
    Place(path="/console/identities", label="Identities", permission="identities.read"),
    Place(path="/console/mail", label="Mail", permission="mail.read"),
    Place(path="/console/lake", label="Lake", permission="lake.read"),
    Place(path="/console/project", label="Project", permission="projects.read"),
    Place(path="/console/keys", label="Keys", permission="keys.read"),
    Place(path="/console/audit", label="Audit", permission="audit.read"),
    Place(path="/console/system", label="System", permission="status.read"),
)


def is_at(place: Place, path: str) -> bool:
    """Tell whether a page's path lies in that place."""
    return path == place.path or (place.path != "/console" and path.startswith(f"{place.path}/"))
