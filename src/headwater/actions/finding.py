"""From what an operator calls an Action (its id, its JSON pointer or the end of one) to the hook meant. Pure."""

from collections.abc import Iterator
from typing import Any

from headwater.actions import chain as chains
from headwater.actions.chain import AFTER, BEFORE, Hook, Trigger
from headwater.actions.known_hooks import CHANGES, CREATED, FLOWS, IDENTITY, METHODS, WEB_HOOK
from headwater.actions.places import HOOKS, ROOT
from headwater.core.errors import BadRequestError, NotFoundError

MOST_NAMED = 10
SHORT = "registration/after/password/0"
DEFAULT_METHOD = "password"


def find(document: dict[str, Any], name: str) -> Hook:
    """Return the web hook called `name`. Raises NotFoundError, which names some, or BadRequestError."""
    hooks = list(_every(document))
    if "/" in name:
        path = full_path(name)
        found = [hook for hook in hooks if hook.path == path]
    else:
        found = [hook for hook in hooks if hook.config.get("id") == name]
    if not found:
        raise NotFoundError(f"There is no hook {name!r}. {_there_are(hooks)}")
    if len(found) > 1:
        paths = ", ".join(hook.path for hook in found)
        raise BadRequestError(f"Several hooks have the id {name!r}; say which by its path: {paths}.")
    if found[0].name != WEB_HOOK:
        raise BadRequestError(f"{found[0].path} is {found[0].name}, which sends nothing. Only a web_hook can be tried.")
    return found[0]


def full_path(name: str) -> str:
    """Return a JSON pointer that may begin at the flow, and leave `hooks` out: registration/after/password/0."""
    steps = [step for step in name.removeprefix(ROOT).split("/") if step and step != HOOKS]
    if steps[:1] == [IDENTITY]:
        return "/".join(["", *steps[:-1], HOOKS, *steps[-1:]])
    return "/".join([ROOT, *steps[:-1], HOOKS, *steps[-1:]])


def trigger_of(document: dict[str, Any], hook: Hook, *, method: str | None = None) -> Trigger:
    """Return a trigger at which `hook` runs: by `method`, else by the first method that it runs for.

    One that never runs is tried at the first place it could. Raises BadRequestError for a method that isn't one.
    """
    flow, moment, *rest = hook.path.removeprefix(ROOT).removeprefix("/").split("/")
    own = rest[0] if rest[0] != HOOKS else None
    if moment == BEFORE:
        return Trigger(flow=flow, moment=BEFORE)
    if flow == IDENTITY and method in (None, own):
        return Trigger(flow=flow, method=own)
    if method is not None and (method not in METHODS.get(flow, ()) or own not in (None, method)):
        raise BadRequestError(f"{hook.path} doesn't run after {flow} by {method!r}.")
    methods = (method or own,) if method or own else METHODS[flow] or (None,)
    possible = [Trigger(flow=flow, method=one) for one in methods]
    return next((one for one in possible if runs_at(document, hook, one)), possible[0])


def trigger_for(flow: str | None, method: str | None, moment: str | None) -> Trigger:
    """Return the trigger for a hook that stands nowhere; by default after a registration by password."""
    flow = flow or "registration"
    if flow == IDENTITY:
        return _trigger_for_change(method)
    if flow not in FLOWS:
        raise BadRequestError(f"{flow!r} is no flow; there are {', '.join(FLOWS)}.")
    if moment not in (None, BEFORE, AFTER):
        raise BadRequestError(f"A hook runs {BEFORE} or {AFTER} a flow, not {moment!r} one.")
    if moment == BEFORE:
        return Trigger(flow=flow, moment=BEFORE)
    if method is not None and method not in METHODS[flow]:
        raise BadRequestError(f"Nobody goes through {flow} by {method!r}; it has {', '.join(METHODS[flow]) or 'none'}.")
    return Trigger(flow=flow, method=method or (DEFAULT_METHOD if METHODS[flow] else None))


def _trigger_for_change(change: str | None) -> Trigger:
    if change not in (None, *CHANGES):
        raise BadRequestError(f"Nobody is {change!r} by an operator; people are {', '.join(CHANGES)}.")
    return Trigger(flow=IDENTITY, method=change or CREATED)


def runs_at(document: dict[str, Any], hook: Hook, trigger: Trigger) -> bool:
    """Tell whether `hook` is in force at `trigger`."""
    chain = chains.before(document, trigger.flow) if trigger.moment == BEFORE else chains.after(document, trigger)
    return any(other.path == hook.path for other in chain.web_hooks)


def _every(document: dict[str, Any]) -> Iterator[Hook]:
    for flow in FLOWS:
        yield from chains.listed(document, flow, None, moment=BEFORE)
        for method in (None, *METHODS[flow]):
            yield from chains.listed(document, flow, method)
    for change in CHANGES:
        yield from (chains.unwaited(hook) for hook in chains.listed(document, IDENTITY, change))


def _there_are(hooks: list[Hook]) -> str:
    names = [hook.id for hook in hooks if hook.name == WEB_HOOK]
    if not names:
        return "This project has no Actions yet."
    more = "" if len(names) <= MOST_NAMED else f" and {len(names) - MOST_NAMED} more"
    return f"There are {', '.join(names[:MOST_NAMED])}{more}. A path may be as short as {SHORT}."
