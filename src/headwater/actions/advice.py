"""What is accepted but deserves a word: hooks that never run, and hooks that can take a sign-up down. Pure."""

from collections.abc import Iterable, Iterator
from typing import Any

from headwater.actions.chain import Chain, Hook, Trigger, after, before
from headwater.actions.known_hooks import FLOWS, METHODS, SHOW_VERIFICATION_UI, VERIFICATION, VERIFY_NEW_ADDRESS
from headwater.actions.places import ROOT
from headwater.actions.problems import ConfigWarning

NEVER_RUNS = "hook_never_runs"
CAN_FAIL_SIGN_UP = "hook_can_fail_sign_up"
CHANGE_IS_DROPPED = "change_is_dropped"
WITHOUT_VERIFICATION = "hook_without_verification"
RUNS_UNLIKE_ORY = "runs_unlike_ory"
STORES_EDITS = frozenset({"registration", "settings"})
VERIFIES_BY_ITSELF = frozenset({"registration", "settings"})

# What people can't do while a hook that is waited for fails.
STOPPED = {
    "login": "sign in",
    "registration": "sign up",
    "settings": "change settings without an error",
    "recovery": "get their account back",
    "verification": "verify an address without an error",
}


def chains(document: dict[str, Any], flow: str) -> dict[str, Chain]:
    """Return the effective chain of every way through `flow`, by method; flows without methods have one, ''."""
    methods = METHODS[flow] or (None,)
    return {method or "": after(document, Trigger(flow=flow, method=method)) for method in methods}


def warnings(document: dict[str, Any]) -> Iterator[ConfigWarning]:
    """Yield a warning for each doubtful hook, once, in the order of the flows."""
    for flow in FLOWS:
        first = {"": before(document, flow)}
        effective = chains(document, flow)
        for some in (first, effective):
            yield from _never_run(flow, some)
            yield from _can_fail(flow, some)
        yield from _unstored(flow, (*first.values(), *effective.values()))
        yield from _leads_nowhere(flow, effective.values())
        yield from _unprovable(document, effective.values())
        yield from _unlike_ory(flow, effective)


def _unstored(flow: str, effective: Iterable[Chain]) -> Iterator[ConfigWarning]:
    """Doubt a hook that may change the identity where no change is stored (reference/ory.md 1.7)."""
    parsing = {hook.path: hook for chain in effective for hook in chain.blocking if hook.parses}
    for path in parsing:
        if flow not in STORES_EDITS or "/before/" in path:
            yield ConfigWarning(
                code=CHANGE_IS_DROPPED,
                message=f"{path}: what its receiver changes in the identity is not stored. Only hooks after "
                "registration and after settings change people; anywhere else an answer can only stop the flow.",
            )


def _unlike_ory(flow: str, effective: dict[str, Chain]) -> Iterator[ConfigWarning]:
    """Say of a blocking hook in a global list that it runs: in Ory it silently never would (reference/ory.md 1.2)."""
    if flow not in STORES_EDITS:
        return
    found: dict[str, list[str]] = {}
    for method, chain in effective.items():
        for hook in chain.blocking:
            if hook.path.startswith(f"{ROOT}/{flow}/after/hooks/"):
                found.setdefault(hook.path, []).append(method)
    for path, methods in found.items():
        yield ConfigWarning(
            code=RUNS_UNLIKE_ORY,
            message=f"{path} runs before the identity is stored, by {', '.join(methods)}; Ory would never run it from "
            f"the global list. The whole chain: headwater explain actions --flow {flow}",
        )


def _leads_nowhere(flow: str, effective: Iterable[Chain]) -> Iterator[ConfigWarning]:
    """Doubt `show_verification_ui` without a verification to show. After a login nobody begins one by themselves."""
    if flow in VERIFIES_BY_ITSELF:
        return
    alone = [chain.built_in for chain in effective if VERIFICATION not in chain.built_in]
    for path in dict.fromkeys(hooks[SHOW_VERIFICATION_UI].path for hooks in alone if SHOW_VERIFICATION_UI in hooks):
        reason = "does nothing without a hook called verification in the same list"
        yield ConfigWarning(code=NEVER_RUNS, message=f"{path} {reason}.")


def _unprovable(document: dict[str, Any], effective: Iterable[Chain]) -> Iterator[ConfigWarning]:
    """Doubt a hook that has new addresses proven where nobody can prove one: it refuses every change."""
    verification = (document.get("selfservice", {}).get("flows") or {}).get("verification") or {}
    if verification.get("enabled") is True:
        return
    found = (chain.built_in[VERIFY_NEW_ADDRESS].path for chain in effective if VERIFY_NEW_ADDRESS in chain.built_in)
    for path in dict.fromkeys(found):
        reason = "lets nobody change an address, because /selfservice/flows/verification/enabled isn't true"
        yield ConfigWarning(code=WITHOUT_VERIFICATION, message=f"{path} {reason}.")


def _never_run(flow: str, effective: dict[str, Chain]) -> Iterator[ConfigWarning]:
    found: dict[str, tuple[str, list[str]]] = {}
    for method, chain in effective.items():
        for dead in chain.dead:
            found.setdefault(dead.hook.path, (dead.why, []))[1].append(method)
    for path, (why, methods) in found.items():
        is_of_one_method = path.startswith(tuple(f"{ROOT}/{flow}/after/{method}/" for method in methods))
        scope = "" if is_of_one_method or len(methods) == len(effective) else f" for {', '.join(methods)}"
        yield ConfigWarning(code=NEVER_RUNS, message=f"{path} never runs{scope}: {why.rstrip('.')}.")


def _can_fail(flow: str, effective: dict[str, Chain]) -> Iterator[ConfigWarning]:
    fragile: dict[str, Hook] = {
        hook.path: hook for chain in effective.values() for hook in chain.inline if not hook.queues_on_error
    }
    for path in fragile:
        yield ConfigWarning(
            code=CAN_FAIL_SIGN_UP,
            message=f"{path}: while its receiver is down or answers with an error, nobody can {STOPPED[flow]}. "
            'Set response.on_error to "queue", or response.ignore to true, to let people in and send later.',
        )
