"""What runs at a trigger, in which order, and what never will and why. Pure: a document in, a chain out.

Resolution is Kratos's (reference/ory.md 1.2) with two differences (DESIGN, "Where we differ"): only a `web_hook`
in a method's list hides the web hooks of the global one, and a blocking web hook runs from either list.
"""

from collections.abc import Iterable, Mapping
from typing import Any

import msgspec

from headwater.actions import client_rules
from headwater.actions.known_hooks import IDENTITY, RUN_BY_THIS_RELEASE, RUNS_AFTER, SESSION, WEB_HOOK
from headwater.net.address_rules import NO_RULES, AddressRules

QUEUE = "queue"
REGISTRATION = "registration"
BEFORE, AFTER = "before", "after"


class Trigger(msgspec.Struct, frozen=True, kw_only=True):
    """A moment of a flow; `method` is how the person went through it, such as `password`. Before, nobody has yet."""

    flow: str
    method: str | None = None
    moment: str = AFTER


class Hook(msgspec.Struct, frozen=True, kw_only=True):
    """One item of a `hooks` list. `path` is its JSON pointer in the identity-config, `rules` are its `clients.http`."""

    path: str
    name: str
    config: dict[str, Any] = {}
    rules: AddressRules = NO_RULES

    @property
    def id(self) -> str:
        """What the operator calls it, or where it stands."""
        return self.config.get("id") or self.path

    @property
    def response(self) -> dict[str, Any]:
        return self.config.get("response") or {}

    @property
    def is_blocking(self) -> bool:
        """It decides whether the flow may go on, so it has to run before the identity is stored."""
        return bool(self.parses or self.mapping or self.config.get("can_interrupt"))

    @property
    def parses(self) -> bool:
        """Its receiver's 200 may change the identity."""
        return bool(self.response.get("parse"))

    @property
    def mapping(self) -> str:
        """Where the Jsonnet is that reads the answer instead (ours); empty if the answer is in Ory's form."""
        return self.response.get("mapping") or ""

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
    """The effective hooks of one trigger, in the order of the configuration.

    `session` is the hook of that name, which is always last. `built_in` are the other hooks by name, which the
    flow itself runs (`revoke_active_sessions`, …).
    """

    web_hooks: tuple[Hook, ...] = ()
    session: Hook | None = None
    built_in: dict[str, Hook] = {}
    dead: tuple[DeadHook, ...] = ()

    @property
    def issues_session(self) -> bool:
        """Whoever signed up is signed in."""
        return self.session is not None

    @property
    def blocking(self) -> tuple[Hook, ...]:
        """Run before the identity is stored, one by one: each may change it, or say no."""
        return tuple(hook for hook in self.web_hooks if hook.is_blocking)

    @property
    def inline(self) -> tuple[Hook, ...]:
        """Run after the identity is stored, one by one."""
        return tuple(hook for hook in self.web_hooks if not hook.is_blocking and not hook.is_queued)

    @property
    def awaited(self) -> tuple[Hook, ...]:
        """Both: where nothing of the identity is stored, they run in the order in which they are configured."""
        return tuple(hook for hook in self.web_hooks if not hook.is_queued)

    @property
    def queued(self) -> tuple[Hook, ...]:
        """Leave through the outbox."""
        return tuple(hook for hook in self.web_hooks if hook.is_queued)


def before(document: dict[str, Any], flow: str) -> Chain:
    """Return what runs while a flow is begun."""
    hooks = listed(document, flow, None, moment=BEFORE)
    misplaced = [
        DeadHook(hook=hook, why=f"{hook.name} does nothing before {flow}; only web_hook does")
        for hook in hooks
        if hook.name != WEB_HOOK
    ]
    return Chain(web_hooks=_without(hooks, misplaced), dead=tuple(misplaced))


def after(document: dict[str, Any], trigger: Trigger) -> Chain:
    """Return what runs once `trigger.flow` has succeeded. Parts that are missing hold no hooks."""
    if trigger.flow == IDENTITY:
        return _after_change(document, trigger)
    own = listed(document, trigger.flow, trigger.method) if trigger.method else ()
    shared = listed(document, trigger.flow, None)
    misplaced = [dead for hook in (*own, *shared) for dead in _misplaced(hook, trigger.flow)]
    own, shared = _without(own, misplaced), _without(shared, misplaced)
    hidden = [dead for hook in shared for dead in _hidden(hook, own, trigger)]
    effective = (*own, *_without(shared, hidden))
    idle = [dead for hook in effective for dead in _idle(hook, trigger.flow)]
    effective = _without(effective, idle)
    if trigger.flow == REGISTRATION and hides_accounts(document):
        effective = tuple(hook if hook.name != WEB_HOOK or hook.is_blocking else unwaited(hook) for hook in effective)
    return _sorted_out(effective, dead=(*misplaced, *hidden, *idle))


def _after_change(document: dict[str, Any], trigger: Trigger) -> Chain:
    """Return what an operator's change sets off: all of it leaves by the queue, whatever it says of waiting."""
    hooks = listed(document, trigger.flow, trigger.method)
    misplaced = [
        DeadHook(hook=hook, why=f"{hook.name} does nothing after an operator's change; only web_hook does")
        for hook in hooks
        if hook.name != WEB_HOOK
    ]
    queued = tuple(unwaited(hook) for hook in _without(hooks, misplaced))
    return Chain(web_hooks=queued, dead=tuple(misplaced))


def hides_accounts(document: dict[str, Any]) -> bool:
    """Tell whether a sign-up must not show who has an account (`mitigate`).

    Then nobody waits for what is told of a new person only: by its time, or its failure, mallory would know that the
    address was free.
    """
    part: Any = document
    for step in ("security", "account_enumeration", "mitigate"):
        part = part.get(step) if isinstance(part, Mapping) else None
    return part is True


def unwaited(hook: Hook) -> Hook:
    """Return the hook as nobody waits for it, whatever its configuration says."""
    config = {key: value for key, value in hook.config.items() if key != "can_interrupt"}
    return msgspec.structs.replace(hook, config={**config, "response": {"ignore": True}})


def _sorted_out(effective: tuple[Hook, ...], *, dead: tuple[DeadHook, ...]) -> Chain:
    return Chain(
        web_hooks=tuple(hook for hook in effective if hook.name == WEB_HOOK),
        session=next((hook for hook in effective if hook.name == SESSION), None),
        built_in={hook.name: hook for hook in effective if hook.name not in (WEB_HOOK, SESSION)},
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


def listed(document: dict[str, Any], flow: str, method: str | None, *, moment: str = AFTER) -> tuple[Hook, ...]:
    """Return what stands in one list, whether it ever runs or not."""
    place = [IDENTITY] if flow == IDENTITY else ["selfservice", "flows", flow]
    steps = [*place, moment, *([method] if method else []), "hooks"]
    items: Any = document
    for step in steps:
        items = items.get(step) if isinstance(items, Mapping) else None
    if not isinstance(items, list):
        return ()
    path, rules = "/" + "/".join(steps), client_rules.of(document)
    return tuple(
        _hook(item, f"{path}/{number}", rules=rules) for number, item in enumerate(items) if isinstance(item, Mapping)
    )


def _hook(item: Mapping[str, Any], path: str, *, rules: AddressRules) -> Hook:
    return Hook(path=path, name=str(item.get("hook", "")), config=item.get("config") or {}, rules=rules)
