"""Which project a page is about: the one at home unless another is chosen, whose people are asked for at its host."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from headwater.console.asking import Api
from headwater.console.visit import Visit
from headwater.core.errors import NotFoundError

FIELD = "project"


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """`people` is the API of the project's own host; `slug` is empty for the project at home, `name` what it's called.

    `all` are the projects one may choose from.
    """

    id: str
    slug: str
    name: str
    people: Api
    all: Sequence[Mapping[str, Any]]

    def link(self, page: str, /, **query: Any) -> str:
        """Return a page's address that stays with this project; what is empty is left out."""
        return _address(page, {**query, FIELD: self.slug})

    def link_in(self, project_id: str, page: str, /, **query: Any) -> str:
        """Return a page's address in the project that something belongs to."""
        slug = next((one["choose"] for one in self.all if one["id"] == project_id), "")
        return _address(page, {**query, FIELD: slug})


async def of(visit: Visit) -> Choice:
    """Return the project that an address or a form names. Raises NotFoundError for one that there isn't."""
    wanted = visit.form.get(FIELD) or visit.query.get(FIELD, "")
    home = (await visit.api.get("/api/workspace"))["home_project_id"]
    every = await visit.api.get("/projects")
    found = next((one for one in every if (one["slug"] == wanted if wanted else one["id"] == home)), None)
    if found is None:
        raise NotFoundError(f"There is no project {wanted!r}. Choose one of the list.")
    is_home = found["id"] == home
    return Choice(
        id=found["id"],
        slug="" if is_home else found["slug"],
        name=found["name"],
        people=visit.api if is_home else visit.api.of_project(found["slug"]),
        all=[{**one, "choose": "" if one["id"] == home else one["slug"]} for one in every],
    )


def _address(page: str, query: Mapping[str, Any]) -> str:
    given = {name: value for name, value in query.items() if value not in (None, "")}
    return f"{page}?{urlencode(given)}" if given else page
