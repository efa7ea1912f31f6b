"""What a program misses where a sample has less than another: found by trying it with one thing missing, or another.

It is told nothing of the program but whether it ran, and Jsonnet's own words where it didn't.
"""

import re
from collections.abc import Awaitable, Callable
from typing import Any

import msgspec

from headwater.actions import samples
from headwater.actions.chain import Trigger
from headwater.actions.known_hooks import IDENTITY
from headwater.actions.samples import EMPTY, MISSING, NULL, Gap, Path, Sample, written

MEMBER_MISSING = "jsonnet_member_missing"
# So many members are named for one program and one sample; who has repaired those is told of more.
MAX_FOUND = 5
NO_SUCH_FIELD = re.compile(r"no such field: ([^\s(]+)")
STAND_IN = "example"

TRAITS = "traits"
NOT_BEFORE = "there is no identity before a flow, when nobody knows yet who it is"
OF_PROVIDERS = frozenset({"claims", "provider"})
SENT = "a client needn't send it"
WHY = {
    "request_headers": SENT,
    "request_cookies": SENT,
    "claims": "a provider needn't say it",
}
ADVICE = {
    MISSING: "use std.get or std.objectHas",
    NULL: "compare it with null first",
    EMPTY: "ask std.length first",
}

# Return why it fails, None if it runs (to cancel is to run).
Attempt = Callable[[dict[str, Any]], Awaitable[str | None]]


class Found(msgspec.Struct, frozen=True, kw_only=True):
    """What is wrong with one program, and what to say about it beyond where."""

    code: str
    text: str


async def never_there(
    attempt: Attempt, full: dict[str, Any], failure: str, trigger: Trigger, sample: Sample
) -> list[Found]:
    """Find which members of ctx the program reads that this trigger never has: it does otherwise if it is lent them."""
    lent = {**sample.elsewhere, **full}
    outcome = await attempt(lent) if sample.elsewhere else failure
    if outcome == failure:
        return []
    without = {name: {key: lent[key] for key in lent if key != name} for name in sample.elsewhere}
    read = [name for name, ctx in without.items() if await attempt(ctx) != outcome]
    return [Found(code=MEMBER_MISSING, text=f": ctx.{name} isn't there: {_why_never(name, trigger)}") for name in read]


def _why_never(name: str, trigger: Trigger) -> str:
    if name == "identity":
        more = "; ctx.session.identity is whose settings they are" if trigger.flow == "settings" else ""
        return NOT_BEFORE + more
    if trigger.flow == IDENTITY:
        return f"an operator's change is told of without it; ask std.objectHas(ctx, '{name}')"
    if name == "session":
        return f"{trigger.moment} {trigger.flow} ctx has no session"
    where = "social sign-in (oidc)" if name in OF_PROVIDERS else "settings"
    return f"only after {where} ctx has it; ask std.objectHas(ctx, '{name}')"


async def not_known(
    attempt: Attempt, full: dict[str, Any], failure: str, sample: Sample
) -> tuple[dict[str, Any], dict[Path, Found]]:
    """Find members that the program reads in objects of which nobody knows the members; return ctx with those."""
    found: dict[Path, Found] = {}
    current: str | None = failure
    for _ in range(MAX_FOUND):
        asked = NO_SUCH_FIELD.search(current or "")
        if asked is None:
            break
        for path in sample.open:
            member = (*path, asked[1].strip("'\""))
            more = samples.with_member(full, member, STAND_IN)
            after = await attempt(more)
            if after != current:
                found[member] = _unknown_member(member, sample)
                full, current = more, after
                break
        else:
            break
    return full, found


def _unknown_member(path: Path, sample: Sample) -> Found:
    if path[-2] == TRAITS:
        text = f": {written(path)} isn't there: schema {sample.schema_id} has no such trait"
    else:
        text = f": {written(path)} can be missing here ({_why(path, sample)}); {ADVICE[MISSING]}"
    return Found(code=MEMBER_MISSING, text=text)


async def culprits(attempt: Attempt, full: dict[str, Any], possible: list[Gap], sample: Sample) -> list[Found]:
    """Find whose absence the program doesn't survive: by halves, one after the other."""
    rest, found = list(possible), list[Found]()
    while len(found) < MAX_FOUND and rest:
        failure = await attempt(samples.with_gaps(full, rest))
        if failure is None:
            break
        runs, fails = 0, len(rest)  # without the first `runs` of them it runs, without the first `fails` it doesn't
        while fails - runs > 1:
            middle = (runs + fails) // 2
            reason = await attempt(samples.with_gaps(full, rest[:middle]))
            if reason is None:
                runs = middle
            else:
                fails, failure = middle, reason
        gap = rest.pop(fails - 1)
        can_be = "null" if gap.how == NULL else gap.how
        text = f": {written(gap.path)} can be {can_be} here ({_why(gap.path, sample)}); {ADVICE[gap.how]}. {failure}"
        found.append(Found(code=MEMBER_MISSING, text=text))
    return found


def _why(path: Path, sample: Sample) -> str:
    if TRAITS in path[:-1]:
        return f"trait of schema {sample.schema_id} that isn't required"
    if path[0] == "flow" and "identity" not in path:
        return SENT if path[1] == "transient_payload" else "not every flow has it"
    return WHY.get(path[0], "not everybody has it")
