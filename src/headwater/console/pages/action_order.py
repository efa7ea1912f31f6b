"""The order of a list of hooks: a web_hook one place earlier or later, at the revision that the form has seen."""

from headwater.console import project_choice, whole_numbers
from headwater.console.asking import ApiRefusalError
from headwater.console.pages import actions
from headwater.console.visit import Elsewhere, Page, Route, Visit

EARLIER = "earlier"


async def move(visit: Visit) -> Elsewhere | Page:
    """Let it change places with the one before it, or the one after."""
    choice = await project_choice.of(visit)
    path = visit.form.get("path", "")
    holder, _, place = path.rpartition("/")
    step = -1 if visit.form.get("to") == EARLIER else 1
    there = f"{holder}/{int(place) + step}" if whole_numbers.is_one(place) else path
    try:
        await actions.patch(
            visit, choice, {"op": "move", "from": f"{actions.ROOT}{path}", "path": actions.ROOT + there}
        )
    except ApiRefusalError as refusal:
        return await actions.page(visit, path, refusal=refusal)
    return Elsewhere(path=choice.link(actions.ONE, path=there), notice="action-moved")


ROUTES = (Route(path="/actions/move", work=move, method="POST"),)
