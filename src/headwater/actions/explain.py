"""What runs at each trigger, in the order in which it really runs, and what never will and why. Pure.

The chains are `chain.py`'s; here they get the order of the flows that run them: what is asked before anything is
stored, what is told after, what leaves by the queue, and what the flow itself does.
"""

from collections.abc import Iterable, Iterator
from typing import Any

import msgspec

from headwater.actions import chain as chains
from headwater.actions import known_hooks, places
from headwater.actions.chain import AFTER, BEFORE, Chain, DeadHook, Hook, Trigger
from headwater.actions.known_hooks import CHANGES, FLOWS, IDENTITY, METHODS, SESSION, WEB_HOOK
from headwater.core.errors import BadRequestError

BEFORE_FLOW = "before_flow"
BEFORE_STORED = "before_stored"
AFTER_STORED = "after"
IN_QUEUE = "queued"
LAST = "last"

# What a hook that is asked can still prevent.
WHEN_ASKED = {
    "login": "before the session is issued",
    "registration": "before the identity is stored",
    "settings": "before the identity is stored",
    "recovery": "before the session is issued",
    "verification": "before the address is verified",
}
WHEN = {
    BEFORE_FLOW: "before the flow",
    AFTER_STORED: "after",
    IN_QUEUE: "queued: stored with it, sent afterwards",
    LAST: "last",
}
# Flows that store nothing until every hook that is waited for has answered.
TELLS_BEFORE = frozenset({"login", "recovery"})
# What the flow itself does before it asks a web hook, what once they have all agreed, and what after all are told.
FIRST_OF_ALL = frozenset({known_hooks.REQUIRE_VERIFIED_ADDRESS})
ONCE_AGREED = frozenset({known_hooks.VERIFY_NEW_ADDRESS})
AT_THE_END = frozenset({known_hooks.SHOW_VERIFICATION_UI})
VERIFIES = frozenset({"registration", "settings"})
NEEDS_VERIFICATION = frozenset({known_hooks.VERIFICATION, known_hooks.SHOW_VERIFICATION_UI})
NOBODY_WAITS = "nobody waits for it, since /security/account_enumeration/mitigate is true"
VERIFICATION_ENABLED = "/selfservice/flows/verification/enabled"

GLOBAL, IMPLICIT = "global", "implicit"
SEVERAL = 2


class Step(msgspec.Struct, frozen=True, kw_only=True):
    """One hook where it runs. `list` is where it comes from: global, a method's, or implicit (nobody configured it)."""

    phase: str
    when: str
    hook: str
    kind: str
    list: str
    path: str | None = None
    id: str | None = None
    url: str | None = None
    note: str | None = None


class Dead(msgspec.Struct, frozen=True, kw_only=True):
    """A configured hook that never runs at this trigger."""

    hook: str
    path: str
    why: str
    id: str | None = None
    url: str | None = None


class Explained(msgspec.Struct, frozen=True, kw_only=True):
    """One way through a flow; `method` is None where a flow has none, and before it, when nobody has chosen yet."""

    flow: str
    moment: str
    method: str | None
    steps: tuple[Step, ...]
    dead: tuple[Dead, ...]


class Explanation(msgspec.Struct, frozen=True, kw_only=True):
    """The chains that were asked for, and what should be said about the document as a whole."""

    chains: tuple[Explained, ...]
    notes: tuple[str, ...]


def explain(document: dict[str, Any], *, flow: str | None = None, method: str | None = None) -> Explanation:
    """Return every chain, or those of one flow or method. Raises BadRequestError for a way that nobody can go."""
    if flow == IDENTITY:
        return Explanation(chains=tuple(_of_changes(document, method)), notes=())
    _require_known(flow, method)
    wanted = [flow] if flow else [one for one in FLOWS if method is None or method in METHODS[one]]
    found = [explained for one in wanted for explained in _of_flow(document, one, method)]
    if flow is None and method is None:
        found += (explained for explained in _of_changes(document, None) if explained.steps or explained.dead)
    notes = (*_unread(document, wanted), *(note for one in wanted for note in _for_some_methods_only(document, one)))
    return Explanation(chains=tuple(found), notes=notes)


def _of_changes(document: dict[str, Any], change: str | None) -> Iterator[Explained]:
    """Yield what operators' changes of people set off. Raises BadRequestError for one that there isn't."""
    if change not in (None, *CHANGES):
        raise BadRequestError(f"Nobody is {change!r} by an operator; people are {', '.join(CHANGES)}.")
    for one in (change,) if change else CHANGES:
        trigger = Trigger(flow=IDENTITY, method=one)
        chain = chains.after(document, trigger)
        steps = tuple(_web_hook(hook, IN_QUEUE, WHEN[IN_QUEUE]) for hook in chain.queued)
        dead = tuple(_dead(one) for one in chain.dead)
        yield Explained(flow=IDENTITY, moment=AFTER, method=one, steps=steps, dead=dead)


def _require_known(flow: str | None, method: str | None) -> None:
    if flow is not None and flow not in METHODS:
        raise BadRequestError(f"{flow!r} is no flow; there are {', '.join(FLOWS)}.")
    possible = METHODS[flow] if flow else tuple(dict.fromkeys(name for names in METHODS.values() for name in names))
    if method is not None and method not in possible:
        ways = f"the methods are {', '.join(possible)}" if possible else "it has hooks for all methods together only"
        raise BadRequestError(f"Nobody goes through {flow or 'any flow'} by {method!r}; {ways}.")


def _of_flow(document: dict[str, Any], flow: str, method: str | None) -> Iterator[Explained]:
    yield _explained(document, Trigger(flow=flow, moment=BEFORE), chains.before(document, flow))
    for one in (method,) if method else METHODS[flow] or (None,):
        trigger = Trigger(flow=flow, method=one)
        yield _explained(document, trigger, chains.after(document, trigger))


def _explained(document: dict[str, Any], trigger: Trigger, chain: Chain) -> Explained:
    steps = _before(chain) if trigger.moment == BEFORE else _after(document, trigger, chain)
    return Explained(
        flow=trigger.flow,
        moment=trigger.moment,
        method=trigger.method,
        steps=tuple(steps),
        dead=tuple(_dead(one) for one in chain.dead),
    )


def _before(chain: Chain) -> Iterator[Step]:
    yield from (_web_hook(hook, BEFORE_FLOW, WHEN[BEFORE_FLOW]) for hook in chain.awaited)
    yield from (_web_hook(hook, IN_QUEUE, WHEN[IN_QUEUE]) for hook in chain.queued)


def _after(document: dict[str, Any], trigger: Trigger, chain: Chain) -> Iterator[Step]:
    asked = chain.awaited if trigger.flow in TELLS_BEFORE else chain.blocking
    told = () if trigger.flow in TELLS_BEFORE else chain.inline
    built_in = list(_built_in(document, trigger, chain))
    yield from (step for step in built_in if step.hook in FIRST_OF_ALL)
    yield from (_web_hook(hook, BEFORE_STORED, WHEN_ASKED[trigger.flow]) for hook in asked)
    yield from (step for step in built_in if step.hook in ONCE_AGREED)
    yield from (step for step in built_in if step.phase == AFTER_STORED)
    is_hidden = trigger.flow == chains.REGISTRATION and chains.hides_accounts(document)
    note = NOBODY_WAITS if is_hidden else None
    yield from (_web_hook(hook, IN_QUEUE, WHEN[IN_QUEUE], note=note) for hook in chain.queued)
    yield from (_web_hook(hook, AFTER_STORED, WHEN[AFTER_STORED]) for hook in told)
    yield from (step for step in built_in if step.phase == LAST and step.hook != SESSION)
    yield from (step for step in built_in if step.hook == SESSION)


def _built_in(document: dict[str, Any], trigger: Trigger, chain: Chain) -> Iterator[Step]:
    """Yield what the flow itself does: each has its place there, wherever it stands in its list."""
    verifies = _verifies(document)
    if verifies and trigger.flow in VERIFIES and known_hooks.VERIFICATION not in chain.built_in:
        yield Step(
            phase=AFTER_STORED,
            when=WHEN[AFTER_STORED],
            hook=known_hooks.VERIFICATION,
            kind="built in",
            list=IMPLICIT,
            note=f"since {VERIFICATION_ENABLED} is true: mails a code to the first address that isn't verified",
        )
    for name, hook in chain.built_in.items():
        idle = (
            None if verifies or name not in NEEDS_VERIFICATION else f"does nothing: {VERIFICATION_ENABLED} isn't true"
        )
        yield _own(hook, _phase(name), WHEN_ASKED[trigger.flow], note=idle)
    if chain.session is not None:
        yield _own(chain.session, LAST, "", note=None)


def _phase(name: str) -> str:
    if name in FIRST_OF_ALL | ONCE_AGREED:
        return BEFORE_STORED
    return LAST if name in AT_THE_END else AFTER_STORED


def _own(hook: Hook, phase: str, when_asked: str, *, note: str | None) -> Step:
    when = WHEN.get(phase, when_asked)
    return Step(phase=phase, when=when, hook=hook.name, kind="built in", list=_list(hook), path=hook.path, note=note)


def _web_hook(hook: Hook, phase: str, when: str, *, note: str | None = None) -> Step:
    return Step(
        phase=phase,
        when=when,
        hook=hook.name,
        kind=kind(hook),
        list=_list(hook),
        path=hook.path,
        id=hook.config.get("id") or None,
        url=hook.config.get("url"),
        note=note,
    )


def kind(hook: Hook) -> str:
    """Return how a web hook takes part: may it stop or change something, is it waited for, what if it fails."""
    if hook.is_blocking:
        powers = {"parse": hook.parses, "mapping": hook.mapping, "can_interrupt": hook.config.get("can_interrupt")}
        return "blocking: " + ", ".join(name for name, has_it in powers.items() if has_it)
    if hook.is_queued:
        return "ignore"
    return "inline, on_error: queue" if hook.queues_on_error else "inline"


def _list(hook: Hook) -> str:
    """Return whose list a hook stands in, by its path `/selfservice/flows/<flow>/<moment>[/<method>]/hooks/<n>`."""
    if hook.path.startswith(places.CHANGES_ROOT + "/"):
        return hook.path.removeprefix(places.CHANGES_ROOT + "/").partition("/")[0]
    steps = hook.path.removeprefix(places.ROOT + "/").split("/")
    return GLOBAL if steps[2] == places.HOOKS else steps[2]


def _dead(one: DeadHook) -> Dead:
    config = one.hook.config
    return Dead(
        hook=one.hook.name,
        path=one.hook.path,
        why=one.why,
        id=config.get("id") or None,
        url=config.get("url") if one.hook.name == WEB_HOOK else None,
    )


def _verifies(document: dict[str, Any]) -> bool:
    selfservice = document.get("selfservice") or {}
    flows = selfservice.get("flows") or {}
    return (flows.get("verification") or {}).get("enabled") is True


def _unread(document: dict[str, Any], flows: Iterable[str]) -> Iterator[str]:
    """Say which lists nothing reads at all: no chain has their hooks, not even among the dead."""
    for place in places.every(document):
        if place.flow in flows and place.items and not place.is_reached:
            yield f"{place.path} is read by nothing: its hooks never run."


def _for_some_methods_only(document: dict[str, Any], flow: str) -> Iterator[str]:
    """Say which web hooks run for several methods, but not for one whose list has only other hooks.

    A kratos.yml whose global list was silenced for a method is imported so that it still is (cli/kratos_hooks.py).
    """
    by_method = {method: chains.after(document, Trigger(flow=flow, method=method)) for method in METHODS[flow]}
    having = {method: chain for method, chain in by_method.items() if chain.web_hooks}
    lacking = [method for method, chain in by_method.items() if method not in having and _has_own(chain)]
    if len(having) < SEVERAL or not lacking:
        return
    for hook in next(iter(having.values())).web_hooks:
        if _list(hook) != GLOBAL and all(_has(chain, hook) for chain in having.values()):
            yield (
                f"{hook.config.get('id') or hook.config.get('url')} runs after {flow} by {', '.join(having)}, not by "
                f"{', '.join(lacking)}: as in Kratos, the hooks of those methods stand alone. In the global list, "
                f"{places.ROOT}/{flow}/{AFTER}/{places.HOOKS}, it would run for every method."
            )


def _has_own(chain: Chain) -> bool:
    return bool(chain.built_in) or chain.session is not None


def _has(chain: Chain, hook: Hook) -> bool:
    return any(other.config == hook.config for other in chain.web_hooks)
