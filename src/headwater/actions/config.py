"""Are the hooks of an identity-config good enough to run? Asked at `patch` time; nothing is contacted or sent."""

from typing import Any

from headwater.actions import advice, client_rules, places, templates, web_hook_shape
from headwater.actions.chain import Hook
from headwater.actions.errors import UnusableHookError
from headwater.actions.known_hooks import NAMES, PROTECTIVE, WEB_HOOK
from headwater.actions.places import Place
from headwater.actions.problems import ConfigProblem, ConfigWarning, NotSupportedYet, not_supported, problem, unknown
from headwater.actions.shape import check_object
from headwater.mapping.evaluation import Evaluator, MappingError, MappingSyntaxError

__all__ = ["ConfigProblem", "ConfigWarning", "NotSupportedYet", "check"]

ITEM_KEYS = {"hook": str, "config": dict}


async def check(document: dict[str, Any], *, evaluator: Evaluator) -> list[ConfigWarning]:
    """Check every hook of the whole identity-config, and whom they may reach, and return what is doubtful.

    Raises ConfigProblem (NotSupportedYet for what Ory has and we don't, yet), naming the path.
    """
    client_rules.check(document)
    lists = list(places.every(document))
    hooks = [(place, hook) for place in lists for hook in _checked(place)]
    doubts: list[ConfigWarning] = []
    for place, hook in hooks:
        _check_supported(hook, place)
        doubts += _unreached(hook, place)
        if hook.name == WEB_HOOK and hook.config.get("body"):
            doubts += await _check_jsonnet(hook, hook.config["body"], "body", evaluator)
        if hook.name == WEB_HOOK and hook.mapping:
            doubts += await _check_jsonnet(hook, hook.mapping, "response/mapping", evaluator)
    return [*doubts, *advice.warnings(document)]


def _checked(place: Place) -> list[Hook]:
    """Return the hooks of a list whose items all have the right shape."""
    hooks = []
    for number, item in enumerate(place.items):
        path = f"{place.path}/{number}"
        check_object(item, path=path, types=ITEM_KEYS, required=("hook",))
        if item["hook"] not in NAMES:
            raise unknown(f"{path}/hook", item["hook"], what="hook", allowed=NAMES)
        if item in place.items[:number]:
            first = place.items.index(item)
            raise problem(path, f"is the same as {place.path}/{first}; each hook may stand in a list once")
        if item["hook"] == WEB_HOOK:
            web_hook_shape.check(item.get("config", {}), path=f"{path}/config")
        hooks.append(Hook(path=path, name=item["hook"], config=item.get("config", {})))
    return hooks


def _check_supported(hook: Hook, place: Place) -> None:
    if hook.name in PROTECTIVE:
        raise not_supported(hook.path, f"is {hook.name}, which this release of Headwater can't enforce yet")
    if hook.name == WEB_HOOK and not place.is_reached:
        raise not_supported(hook.path, f"never runs: nobody goes through {place.flow} with {place.method}")


def _unreached(hook: Hook, place: Place) -> list[ConfigWarning]:
    """Doubt what stands in a list that nothing reads; the lists that are read are `advice`'s business."""
    if place.is_reached:
        return []
    message = f"{hook.path} never runs: nothing reads the hooks in {place.path}."
    return [ConfigWarning(code=advice.NEVER_RUNS, message=message)]


async def _check_jsonnet(hook: Hook, where: str, key: str, evaluator: Evaluator) -> list[ConfigWarning]:
    """Check the Jsonnet that `where` leads to and that stands under `key` of the hook's config."""
    path = f"{hook.path}/config/{key}"
    try:
        snippet = templates.decode(where, name=templates.SNIPPET_NAME)
        await evaluator.check(snippet)
    except UnusableHookError as error:
        raise problem(path, error.message) from None
    except MappingSyntaxError as error:
        raise problem(path, f"is not Jsonnet that can run: {error.message.rstrip('.')}") from None
    except MappingError as error:  # too big or too slow to say: it runs under the same limits, and fails alone
        return [ConfigWarning(code=error.code, message=f"{path} could not be checked: {error.message}")]
    return _cookie_doubts(path, snippet.text) if hook.is_queued or hook.queues_on_error else []


def _cookie_doubts(path: str, text: str) -> list[ConfigWarning]:
    if "request_cookies" not in text:
        return []
    message = f"{path} reads ctx.request_cookies, which is empty for a queued hook: what is queued never holds cookies."
    return [ConfigWarning(code="cookies_withheld", message=message)]
