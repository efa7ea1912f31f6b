"""A project's secrets, sealed: in its document each is `secret://<id>` (DESIGN decision 14).

Each is bound to whom it is sent to. Written back it keeps its value, at any place that sends it to the same
receiver; nowhere else does it open, so that who may patch a project can't have its secrets sent to themselves.
"""

from collections.abc import Callable
from typing import Any

import msgspec
from sqlalchemy import Connection, insert, select

from headwater.core import ids
from headwater.core.clock import Clock, epoch_ms
from headwater.core.errors import BadRequestError
from headwater.core.secrets import Sealer, UnsealError
from headwater.store import tables
from headwater.workspace import references, secret_places
from headwater.workspace.secret_places import SecretPlace

SEAL_CONTEXT = "project-secret"
KEPT = "secret://"
IDENTITY_CONFIG = "/services/identity/config"
# Its addresses may begin with file://, and mean something else by it.
NEVER_REFERRED = frozenset({"jwks_url"})

Read = Callable[[SecretPlace, str], str]


def sealed(
    connection: Connection, project_id: str, document: dict[str, Any], *, clock: Clock, sealer: Sealer
) -> dict[str, Any]:
    """Return a copy of `document` whose new secrets are sealed. Raises BadRequestError, naming the path."""
    copied = _copy(document)
    for place in secret_places.every(copied):
        if not isinstance(place.value, str):
            raise _refusal(place, "holds a secret, so it must be a text")
        if not place.value or refers(place):
            continue
        if place.value.startswith(KEPT):
            _check_kept(connection, project_id, place, sealer=sealer)
        else:
            place.write(_seal(connection, project_id, place, clock=clock, sealer=sealer))
    return copied


def revealed(
    connection: Connection, project_id: str, document: dict[str, Any], *, sealer: Sealer, read: Read
) -> dict[str, Any]:
    """Return a copy with the secrets in clear. What only names its secret becomes what `read` gives for it."""
    copied = _copy(document)
    for place in secret_places.every(copied):
        if refers(place):
            place.write(read(place, str(place.value)))
        elif str(place.value).startswith(KEPT):
            place.write(_opened(connection, project_id, place, sealer=sealer))
    return copied


def resolved(document: dict[str, Any], *, read: Read) -> dict[str, Any]:
    """Return a copy in which what only names its secret is what `read` gives for it. The kept ones stay as shown."""
    copied = _copy(document)
    for place in secret_places.every(copied):
        if refers(place):
            place.write(read(place, str(place.value)))
    return copied


def require_kept(connection: Connection, project_id: str, document: dict[str, Any], *, sealer: Sealer) -> None:
    """Refuse, before anything is stored, what `sealed` would refuse. Raises BadRequestError, naming the path."""
    for place in secret_places.every(document):
        if not isinstance(place.value, str):
            raise _refusal(place, "holds a secret, so it must be a text")
        if place.value.startswith(KEPT) and not refers(place):
            _check_kept(connection, project_id, place, sealer=sealer)


def recognised(
    connection: Connection, project_id: str, document: dict[str, Any], *, live: dict[str, Any], sealer: Sealer
) -> dict[str, Any]:
    """Return a copy of `document` in which a secret in clear that `live` has kept is written as it is kept there.

    So a document that says again what is live is the same as it. For whoever may write secrets only: it tells
    whether a guess is right.
    """
    copied = _copy(document)
    known = [place for place in secret_places.every(live) if str(place.value).startswith(KEPT)]
    for place in secret_places.every(copied):
        if isinstance(place.value, str) and place.value and not refers(place):
            near = sorted(known, key=lambda other, here=place.path: other.path != here)  # type: ignore[misc]
            alike = (one for one in near if one.receiver == place.receiver)
            same = (one for one in alike if _opened(connection, project_id, one, sealer=sealer) == place.value)
            if found := next(same, None):
                place.write(str(found.value))
    return copied


def refers(place: SecretPlace) -> bool:
    """Tell whether a secret is only named here."""
    return place.name not in NEVER_REFERRED and references.is_reference(str(place.value))


def _seal(connection: Connection, project_id: str, place: SecretPlace, *, clock: Clock, sealer: Sealer) -> str:
    secret_id = ids.new_short_id("")
    value = sealer.seal(str(place.value).encode(), context=_context(project_id, place))
    created_at_ms = epoch_ms(clock.now())
    connection.execute(
        insert(tables.secrets).values(id=secret_id, project_id=project_id, sealed=value, created_at_ms=created_at_ms)
    )
    return KEPT + secret_id


def _check_kept(connection: Connection, project_id: str, place: SecretPlace, *, sealer: Sealer) -> None:
    value = _row(connection, project_id, place)
    if value is None:
        raise _refusal(place, f"is {place.value}, which is no secret of this project. Write the value itself")
    try:
        _open(value, project_id, place, sealer=sealer)
    except UnsealError:
        raise _refusal(
            place,
            f"is {place.value}, which was written for another receiver and is not sent to this one. "
            "Write the value itself",
        ) from None


def _opened(connection: Connection, project_id: str, place: SecretPlace, *, sealer: Sealer) -> str:
    value = _row(connection, project_id, place)
    return str(place.value) if value is None else _open(value, project_id, place, sealer=sealer)


def _open(value: bytes, project_id: str, place: SecretPlace, *, sealer: Sealer) -> str:
    try:
        return sealer.unseal(value, context=_context(project_id, place)).decode()
    except UnsealError:
        # Sealed by an earlier release, which bound a secret to its project only.
        return sealer.unseal(value, context=f"{SEAL_CONTEXT}:{project_id}").decode()


def _row(connection: Connection, project_id: str, place: SecretPlace) -> bytes | None:
    table = tables.secrets
    secret_id = str(place.value).removeprefix(KEPT)
    found = connection.execute(
        select(table.c.sealed).where((table.c.id == secret_id) & (table.c.project_id == project_id))
    )
    value: bytes | None = found.scalar_one_or_none()
    return value


def _context(project_id: str, place: SecretPlace) -> str:
    return f"{SEAL_CONTEXT}:{project_id}:{place.receiver}"


def _refusal(place: SecretPlace, reason: str) -> BadRequestError:
    path = place.path.removeprefix(IDENTITY_CONFIG)
    return BadRequestError(f"{path} {reason}.", path=path)


def _copy(document: dict[str, Any]) -> dict[str, Any]:
    copied: dict[str, Any] = msgspec.json.decode(msgspec.json.encode(document))
    return copied
