"""An Action tried out, as it is typed: on a sample, on what it was told before, or on a ctx; with an answer made up."""

from collections.abc import Mapping
from typing import Any
from urllib.parse import quote

import msgspec

from headwater.console import action_form, project_choice, text_places, whole_numbers
from headwater.console.asking import ApiRefusalError
from headwater.console.pages import actions
from headwater.console.visit import Page, Route, Visit
from headwater.core.errors import BadRequestError

SAMPLE, GIVEN = "sample", "given"
NOT_RENDERED = "not_rendered"
FLOWS = "/selfservice/flows/"


async def rehearse(visit: Visit) -> Page:
    """Show the request that it makes of a ctx, and what an answer would mean. Only `send` sends it."""
    path = visit.form.get("path", "")
    try:
        tried, problems = await _tried(visit, path, sends="send" in visit.form)
    except ApiRefusalError as refusal:
        return await actions.page(visit, path, refusal=refusal)
    except BadRequestError as error:
        return await actions.page(visit, path, problem=error.message)
    if tried is None:
        return await actions.page(visit, path, problems=problems)
    return await actions.page(visit, path, result=tried["results"][0], notes=tried["notes"])


async def rehearse_while_typing(visit: Visit) -> Page:
    """Return the same as a piece of a page, for the script that asks while somebody types. Nothing is sent."""
    names: dict[str, Any] = {"result": None, "notes": ()}
    try:
        tried, problems = await _tried(visit, visit.form.get("path", ""), sends=False)
        if tried is not None:
            names = {"result": tried["results"][0], "notes": tried["notes"]}
            problems = _unrendered(names["result"])
    except ApiRefusalError as refusal:
        problems = actions.said(None, refusal) or {"": refusal.message}
    except BadRequestError as error:
        problems = {"": error.message}
    remark = text_places.first_remark(problems)
    return Page(template="action_tried.html", title="What it makes of the ctx", names={**names, "remark": remark})


def _unrendered(result: Mapping[str, Any]) -> Mapping[str, str]:
    """Return what is wrong with the Jsonnet, where it is why there is no request."""
    reason = result.get("reason") or ""
    return {"body": reason} if result["state"] == NOT_RENDERED and text_places.of(reason) else {}


async def _tried(visit: Visit, path: str, *, sends: bool) -> tuple[dict[str, Any] | None, Mapping[str, str]]:
    """Return what the API made of it; None, and what is wrong by field, for a form that makes no Action."""
    choice = await project_choice.of(visit)
    _, item = await actions.stored(visit, choice, path)
    config: dict[str, Any] = item["config"]
    problems: Mapping[str, str] = {}
    if "url" in visit.form:
        config, problems = action_form.typed(visit.form, item["config"])
    if problems:
        return None, problems
    meant = _meant(visit, path, config, is_stored=config == item["config"])
    wish = {**meant, **await _occasion(visit), "send": sends, "shows_ctx": True}
    return await visit.api.post(f"/projects/{choice.id}/actions/test", wish), {}


def _meant(visit: Visit, path: str, config: dict[str, Any], *, is_stored: bool) -> dict[str, Any]:
    method = visit.form.get("try_method") or None
    if is_stored:
        return {"action": path, "method": method}
    steps = path.removeprefix(FLOWS).split("/")
    flow, moment = ("identity", "after") if path.startswith("/identity/") else (steps[0], steps[1])
    own = steps[-3] if path.startswith("/identity/") or steps[2] != "hooks" else None
    hook = {"hook": actions.WEB_HOOK, "config": config}
    return {"hook": hook, "flow": flow, "moment": moment, "method": method or own}


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


ROUTES = (
    Route(path="/actions/try", work=rehearse, method="POST"),
    Route(path="/actions/tried", work=rehearse_while_typing, method="POST"),
)
