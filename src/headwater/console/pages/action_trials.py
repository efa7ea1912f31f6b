"""An Action tried out, as it is typed: on a sample, on what it was told before, or on a ctx; with an answer made up."""

from typing import Any
from urllib.parse import quote

import msgspec

from headwater.console import action_form, project_choice, whole_numbers
from headwater.console.asking import ApiRefusalError
from headwater.console.pages import actions
from headwater.console.visit import Page, Route, Visit
from headwater.core.errors import BadRequestError

SAMPLE, GIVEN = "sample", "given"
FLOWS = "/selfservice/flows/"


async def rehearse(visit: Visit) -> Page:
    """Show the request that it makes of a ctx, and what an answer would mean. Only `send` sends it."""
    choice = await project_choice.of(visit)
    path = visit.form.get("path", "")
    _, item = await actions.stored(visit, choice, path)
    config = item["config"]
    problems: dict[str, str] = {}
    if "url" in visit.form:
        config, problems = action_form.typed(visit.form, item["config"])
    if problems:
        return await actions.page(visit, path, problems=problems)
    try:
        wish = {**_meant(visit, path, config, is_stored=config == item["config"]), **await _occasion(visit)}
        tried = await visit.api.post(f"/projects/{choice.id}/actions/test", {**wish, "shows_ctx": True})
    except ApiRefusalError as refusal:
        return await actions.page(visit, path, refusal=refusal)
    except BadRequestError as error:
        return await actions.page(visit, path, problem=error.message)
    return await actions.page(visit, path, result=tried["results"][0], notes=tried["notes"])


def _meant(visit: Visit, path: str, config: dict[str, Any], *, is_stored: bool) -> dict[str, Any]:
    method = visit.form.get("try_method") or None
    if is_stored:
        return {"action": path, "method": method, "send": "send" in visit.form}
    steps = path.removeprefix(FLOWS).split("/")
    flow, moment = ("identity", "after") if path.startswith("/identity/") else (steps[0], steps[1])
    own = steps[-3] if path.startswith("/identity/") or steps[2] != "hooks" else None
    hook = {"hook": actions.WEB_HOOK, "config": config}
    return {"hook": hook, "flow": flow, "moment": moment, "method": method or own, "send": "send" in visit.form}


async def _occasion(visit: Visit) -> dict[str, Any]:
    """Return the ctx, and the answer to make up. Raises BadRequestError, ApiRefusalError."""
    wish: dict[str, Any] = {}
    on = visit.form.get("on", SAMPLE)
    if on == GIVEN:
        wish["ctx"] = _json(visit.form.get("ctx", ""))
    elif on != SAMPLE:
        wish["ctx"] = (await visit.api.get(f"/api/action-deliveries/{quote(on, safe='')}")).get("context")
        if wish["ctx"] is None:
            raise BadRequestError("The ctx of that firing is gone, or not yours to see. Try it on a sample.")
    if "respond" in visit.form:
        status = visit.form.get("respond_status", "").strip()
        if not whole_numbers.is_one(status):
            raise BadRequestError("The status of the answer is a number, such as 200.")
        wish["respond"] = {"status": int(status), "body": visit.form.get("respond_body", "")}
    return wish


def _json(text: str) -> dict[str, Any]:
    try:
        return msgspec.json.decode(text, type=dict[str, Any])
    except (msgspec.DecodeError, RecursionError) as error:
        raise BadRequestError(
            f"The ctx is no JSON object: {error}. The delivery log shows what one looks like."
        ) from None


ROUTES = (Route(path="/actions/try", work=rehearse, method="POST"),)
