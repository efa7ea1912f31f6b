"""What runs at a trigger, in which order, and what never will and why. Pure: a document in, a chain out.

Resolution is Kratos's (reference/ory.md 1.2) with two differences (DESIGN, "Where we differ"): only a `web_hook`
in a method's list hides the web hooks of the global one, and a blocking web hook runs from either list.
"""

from collections.abc import Iterable, Mapping
from typing import Any

import msgspec

from headwater.actions.known_hooks import RUN_BY_THIS_RELEASE, RUNS_AFTER, SESSION, WEB_HOOK

QUEUE = "queue"


class Trigger(msgspec.Struct, frozen=True, kw_only=True):
    """A moment after a flow; `method` is how the person went through it, such as `password`."""

    flow: str
    method: str | None = None


class Hook(msgspec.Struct, frozen=True, kw_only=True):
    """One item of a `hooks` list. `path` is its JSON pointer in the identity-config."""

    path: str
    name: str
    config: dict[str, Any] = {}

    @property
    def response(self) -> dict[str, Any]:
        return self.config.get("response") or {}

    @property
    def is_blocking(self) -> bool:
        """It decides whether the flow may go on, so it has to run before the identity is stored."""
        return bool(self.response.get("parse") or self.config.get("can_interrupt"))

    @property
    def is_queued(self) -> bool:
        """Nobody waits for it (`response.ignore`)."""
        return bool(self.response.get("ignore")) and not self.is_blocking

    @property
    def queues_on_error(self) -> bool:
        """Somebody waits for it, but its failure doesn't fail the flow."""
        return self.response.get("on_error") == QUEUE


class DeadHook(msgspec.Struct, frozen=True, kw_only=True):
    """A configured hook that never runs at this trigger."""

    hook: Hook
    why: str


class Chain(msgspec.Struct, frozen=True, kw_only=True):
    """The effective hooks of one trigger, each list in the order of the configuration.

    `blocking` run before the identity is stored, `inline` after it, one by one; `queued` leave through the
    outbox. `issues_session` is the `session` hook, which is always last. `built_in` are the names of the other hooks
    that the flow itself runs (`revoke_active_sessions`, …).
    """

    inline: tuple[Hook, ...] = ()
    queued: tuple[Hook, ...] = ()
    blocking: tuple[Hook, ...] = ()
    issues_session: bool = False
    built_in: frozenset[str] = frozenset()
    dead: tuple[DeadHook, ...] = ()


def after(document: dict[str, Any], trigger: Trigger) -> Chain:
    """Return what runs once `trigger.flow` has succeeded. Parts that are missing hold no hooks."""
    own = _hooks(document, trigger.flow, trigger.method) if trigger.method else ()
    shared = _hooks(document, trigger.flow, None)
    misplaced = [dead for hook in (*own, *shared) for dead in _misplaced(hook, trigger.flow)]
    own, shared = _without(own, misplaced), _without(shared, misplaced)
    hidden = [dead for hook in shared for dead in _hidden(hook, own, trigger)]
    effective = (*own, *_without(shared, hidden))
    idle = [dead for hook in effective for dead in _idle(hook, trigger.flow)]
    effective = _without(effective, idle)
    return _sorted_out(effective, dead=(*misplaced, *hidden, *idle))


def _sorted_out(effective: tuple[Hook, ...], *, dead: tuple[DeadHook, ...]) -> Chain:
    web_hooks = [hook for hook in effective if hook.name == WEB_HOOK]
    return Chain(
        blocking=tuple(hook for hook in web_hooks if hook.is_blocking),
        queued=tuple(hook for hook in web_hooks if hook.is_queued),
        inline=tuple(hook for hook in web_hooks if not hook.is_blocking and not hook.is_queued),
        issues_session=any(hook.name == SESSION for hook in effective),
        built_in=frozenset(hook.name for hook in effective) - {WEB_HOOK, SESSION},
        dead=dead,
    )


def _misplaced(hook: Hook, flow: str) -> Iterable[DeadHook]:
    places = RUNS_AFTER.get(hook.name, ())
    if flow not in places:
        known = f"It runs after {', '.join(places)} only." if places else "There is no such hook."
        yield DeadHook(hook=hook, why=f"{hook.name} does nothing after {flow}. {known}")


def _hidden(hook: Hook, own: tuple[Hook, ...], trigger: Trigger) -> Iterable[DeadHook]:
    """A method's web hook hides the global web hooks; any hook of the method hides the global others."""
    if hook.name == WEB_HOOK and any(other.name == WEB_HOOK for other in own):
        yield DeadHook(
            hook=hook, why=f"the list of method {trigger.method} has a web_hook, which hides the global ones"
        )
    elif hook.name != WEB_HOOK and own:
        yield DeadHook(hook=hook, why=f"the list of method {trigger.method} has hooks of its own")


def _idle(hook: Hook, flow: str) -> Iterable[DeadHook]:
    if flow not in RUN_BY_THIS_RELEASE.get(hook.name, ()):
        yield DeadHook(hook=hook, why=f"this release of Headwater doesn't run {hook.name} after {flow} yet")


def _without(hooks: tuple[Hook, ...], dead: list[DeadHook]) -> tuple[Hook, ...]:
    paths = {item.hook.path for item in dead}
    return tuple(hook for hook in hooks if hook.path not in paths)


def _hooks(document: dict[str, Any], flow: str, method: str | None) -> tuple[Hook, ...]:
    steps = ["selfservice", "flows", flow, "after", *([method] if method else []), "hooks"]
    items: Any = document
    for step in steps:
        items = items.get(step) if isinstance(items, Mapping) else None
    if not isinstance(items, list):
        return ()
    path = "/" + "/".join(steps)
    return tuple(_hook(item, f"{path}/{number}") for number, item in enumerate(items) if isinstance(item, Mapping))


def _hook(item: Mapping[str, Any], path: str) -> Hook:
    return Hook(path=path, name=str(item.get("hook", "")), config=item.get("config") or {})
