"""Are the hooks of an identity-config good enough to run? Asked at `patch` time; nothing is contacted or sent."""

from collections.abc import Iterator
from typing import Any

from headwater.actions import (
    advice,
    change_hooks,
    client_rules,
    jsonnet_check,
    password_migration,
    places,
    web_hook_shape,
)
from headwater.actions import chain as chains
from headwater.actions.chain import Hook
from headwater.actions.known_hooks import (
    IDENTITY,
    NAMES,
    NOTIFY_PREVIOUS_ADDRESSES,
    RECIPIENT_MODES,
    RECIPIENTS,
    WEB_HOOK,
)
from headwater.actions.places import Place
from headwater.actions.problems import ConfigProblem, ConfigWarning, NotSupportedYet, not_supported, problem, unknown
from headwater.actions.shape import check_choice, check_object
from headwater.actions.templates import EMBEDDED, Templates
from headwater.mapping import sources
from headwater.mapping.evaluation import Evaluator
from headwater.net.hop import TRACE

__all__ = ["ConfigProblem", "ConfigWarning", "NotSupportedYet", "check"]

ITEM_KEYS = {"hook": str, "config": dict}
USUAL_METHODS = frozenset({"DELETE", "GET", "HEAD", "OPTIONS", "PATCH", "POST", "PUT", "TRACE"})


async def check(
    document: dict[str, Any], *, evaluator: Evaluator, templates: Templates = EMBEDDED
) -> list[ConfigWarning]:
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
        if hook.name == WEB_HOOK:
            doubts += _method_doubts(hook)
            for path, address in _jsonnet(hook):
                doubts += await jsonnet_check.check(address, path, evaluator=evaluator, templates=templates)
                doubts += _cookie_doubts(hook, path, address)
    migration = password_migration.check(document)
    if migration is not None:
        path = f"{migration.path}/config/body"
        doubts += await jsonnet_check.check(migration.config["body"], path, evaluator=evaluator, templates=templates)
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
        if item["hook"] == NOTIFY_PREVIOUS_ADDRESSES:
            _check_recipients(item.get("config", {}), f"{path}/config")
        if place.flow == IDENTITY:
            change_hooks.check(item, path=path)
        hook = Hook(path=path, name=item["hook"], config=item.get("config", {}))
        hooks.append(chains.unwaited(hook) if place.flow == IDENTITY else hook)
    return hooks


def _check_recipients(config: Any, path: str) -> None:
    found = check_object(config, path=path, types={RECIPIENTS: str})
    if RECIPIENTS in found:
        check_choice(found[RECIPIENTS], RECIPIENT_MODES, path=f"{path}/{RECIPIENTS}", what="choice of recipients")


def _check_supported(hook: Hook, place: Place) -> None:
    if hook.name == WEB_HOOK and not place.is_reached:
        raise not_supported(hook.path, f"never runs: nobody goes through {place.flow} with {place.method}")


def _unreached(hook: Hook, place: Place) -> list[ConfigWarning]:
    """Doubt what stands in a list that nothing reads; the lists that are read are `advice`'s business."""
    if place.is_reached:
        return []
    message = f"{hook.path} never runs: nothing reads the hooks in {place.path}."
    return [ConfigWarning(code=advice.NEVER_RUNS, message=message)]


def _jsonnet(hook: Hook) -> Iterator[tuple[str, str]]:
    """Yield where Jsonnet stands that this hook runs, and where it comes from."""
    if hook.config.get("body") and hook.config["method"] != TRACE:
        yield f"{hook.path}/config/body", hook.config["body"]
    if hook.mapping:
        yield f"{hook.path}/config/response/mapping", hook.mapping


def _method_doubts(hook: Hook) -> list[ConfigWarning]:
    method = hook.config["method"]
    if method.upper() == method or method.upper() not in USUAL_METHODS:
        return []
    message = (
        f"{hook.path}/config/method is {method}, and is sent like that: most receivers know {method.upper()} only."
    )
    return [ConfigWarning(code="method_in_small_letters", message=message)]


def _cookie_doubts(hook: Hook, path: str, address: str) -> list[ConfigWarning]:
    is_queued = hook.is_queued or hook.queues_on_error
    if not is_queued or not address.startswith(sources.BASE64):
        return []
    if "request_cookies" not in sources.embedded(address, name=path).text:
        return []
    message = f"{path} reads ctx.request_cookies, which is empty for a queued hook: what is queued never holds cookies."
    return [ConfigWarning(code="cookies_withheld", message=message)]
