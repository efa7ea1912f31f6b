"""Will this Jsonnet run for everybody? Each is tried on sample occasions of every trigger that reaches it.

A member of ctx that is often there and sometimes isn't is the commonest way in which a hook fails (reference/ory.md
1.8): it works for whoever wrote it, and for the first person without a name nobody can sign up any more. What is
found is a warning, never a refusal. Nothing is sent.
"""

from collections.abc import Iterable, Iterator
from typing import Any

import msgspec

from headwater.actions import absence, requests, samples
from headwater.actions import chain as chains
from headwater.actions import occasion as occasions
from headwater.actions.absence import Attempt, Found
from headwater.actions.answer_mapping import AnswerMapping
from headwater.actions.chain import BEFORE, Hook, Trigger
from headwater.actions.errors import ActionInterruptedError, AnswerNotReadError, UnusableHookError
from headwater.actions.known_hooks import CHANGES, FLOWS, IDENTITY, METHODS
from headwater.actions.problems import ConfigWarning
from headwater.actions.samples import Path, Sample, Samples
from headwater.actions.templates import EMBEDDED, Templates
from headwater.core.clock import Clock
from headwater.mapping import sources
from headwater.mapping.evaluation import Evaluator, MappingBusyError, MappingError, MappingLimitError
from headwater.net.hop import TRACE
from headwater.net.outbound import Response

FAILS = "jsonnet_fails"
NOT_TRIED = "jsonnet_not_tried"
BODY, MAPPING = "body", "response/mapping"

MAX_EVALUATIONS = 2_000
MAX_SECONDS = 5.0
# What a mapping is tried on: nobody knows what its receiver answers, so the first answer that it takes will do.
ANSWERS = (
    Response(status=200, headers=(("content-type", "application/json"),), body=b"{}"),
    Response(status=200, headers=(("content-type", "application/json"),), body=b'{"success": true}'),
    Response(status=204),
    Response(status=400, headers=(("content-type", "application/json"),), body=b"{}"),
)


class _OutOfPatienceError(Exception):
    """No more evaluations, this time."""


class _TooMuchError(Exception):
    """This program ran into a limit: it is not tried again."""


class _Program(msgspec.Struct, frozen=True, kw_only=True):
    """One Jsonnet of one hook. `key` is where it stands in the hook's config."""

    hook: Hook
    key: str
    triggers: list[Trigger]

    @property
    def path(self) -> str:
        return f"{self.hook.path}/config/{self.key}"


class Lint:
    """Tries all programs of one document, once."""

    def __init__(
        self, *, evaluator: Evaluator, clock: Clock, samples: Samples, templates: Templates = EMBEDDED
    ) -> None:
        self._evaluator = evaluator
        self._templates = templates
        self._clock = clock
        self._samples = samples
        self._mapping = AnswerMapping(evaluator=evaluator, templates=templates)
        self._evaluations = 0
        # Ways through a flow on which a program comes to the same ends have the same reasons.
        self._known: dict[tuple[str | None, ...], list[Found]] = {}
        self._until = clock.monotonic() + MAX_SECONDS

    async def warnings(self, document: dict[str, Any]) -> list[ConfigWarning]:
        """Return what was found, and what could not be tried."""
        programs = list(_programs(document))
        found: list[ConfigWarning] = []
        for number, program in enumerate(programs):
            try:
                found += await self._of(program)
            except _OutOfPatienceError as error:
                return [*found, _left_out(programs[number:], str(error))]
        return found

    async def _of(self, program: _Program) -> list[ConfigWarning]:
        seen: dict[Found, list[Trigger]] = {}
        try:
            for trigger in program.triggers:
                found = [await self._tried(program, trigger, sample) for sample in self._samples(trigger)]
                for one in dict.fromkeys(item for items in found for item in items):
                    seen.setdefault(one, []).append(trigger)
        except _TooMuchError as error:
            seen = {Found(code=FAILS, text=f" ran into a limit on a sample: {error}"): program.triggers}
        return [_warning(program, one, triggers) for one, triggers in seen.items()]

    async def _tried(self, program: _Program, trigger: Trigger, sample: Sample) -> list[Found]:
        full = occasions.shown_to(program.hook, sample.full)
        bare = [occasions.shown_to(program.hook, one) for one in sample.bare]
        runs = await self._way_to_run(program, full)
        if runs is None:
            return []  # nobody knows its receiver's answers
        attempt, failure = runs
        outcomes = (program.path, sample.schema_id, failure, *[await attempt(ctx) for ctx in bare])
        if set(outcomes[2:]) == {None}:
            return []
        if outcomes not in self._known:
            self._known[outcomes] = await _diagnosed(attempt, failure, [full, *bare], trigger=trigger, sample=sample)
        return self._known[outcomes]

    async def _way_to_run(self, program: _Program, full: dict[str, Any]) -> tuple[Attempt, str | None] | None:
        """Return how to try the program, and why it fails on `full`; None for a mapping that some answer may please."""
        if program.key == BODY:
            attempt = self._rendering(program.hook)
            return attempt, await attempt(full)
        failures = set()
        for answer in ANSWERS:
            attempt = self._reading(program.hook, answer)
            failure = await attempt(full)
            if failure is None:
                return attempt, None
            failures.add(failure)
        # What it says of every answer alike is not about the answer.
        return (attempt, failure) if len(failures) == 1 else None

    def _rendering(self, hook: Hook) -> Attempt:
        # Who it is from is of no concern here, and its secrets may be kept ones, which nobody has at hand.
        config = {key: value for key, value in hook.config.items() if key not in ("auth", "signing")}
        plain = msgspec.structs.replace(hook, config=config)

        async def attempt(ctx: dict[str, Any]) -> str | None:
            try:
                self._count()
                await requests.build_or_none(plain, ctx, evaluator=self._evaluator, templates=self._templates)
            except (MappingError, UnusableHookError) as error:
                return f"{BODY} {_reason(error)}" if isinstance(error, UnusableHookError) else _reason(error)
            return None

        return attempt

    def _reading(self, hook: Hook, answer: Response) -> Attempt:
        async def attempt(ctx: dict[str, Any]) -> str | None:
            try:
                self._count()
                await self._mapping.read(hook, ctx, answer)
            except ActionInterruptedError:
                return None
            except AnswerNotReadError as error:
                return _reason(error.__cause__)
            return None

        return attempt

    def _count(self) -> None:
        self._evaluations += 1
        if self._evaluations > MAX_EVALUATIONS:
            raise _OutOfPatienceError(f"more than {MAX_EVALUATIONS} evaluations would have been needed")
        if self._clock.monotonic() > self._until:
            raise _OutOfPatienceError(f"trying them took more than {MAX_SECONDS:g} s")


async def _diagnosed(
    attempt: Attempt, failure: str | None, contexts: list[dict[str, Any]], *, trigger: Trigger, sample: Sample
) -> list[Found]:
    full, *bare = contexts
    known: dict[Path, Found] = {}
    if failure is not None:
        never = await absence.never_there(attempt, full, failure, trigger, sample)
        if never:
            return never
        full, known = await absence.not_known(attempt, full, failure, sample)
        if await attempt(full) is not None:
            text = f" fails on a sample of schema {sample.schema_id} that has everything: {failure}"
            return list(known.values()) or [Found(code=FAILS, text=text)]
    found = list(known.values())
    for less in bare:
        # Who was told of a member isn't told of the object that it is missing with.
        possible = [
            gap for gap in samples.gaps(full, less) if not any(path[: len(gap.path)] == gap.path for path in known)
        ]
        found += [one for one in await absence.culprits(attempt, full, possible, sample) if one not in found]
    return found


def _warning(program: _Program, found: Found, triggers: list[Trigger]) -> ConfigWarning:
    scope = "" if len(triggers) == len(program.triggers) else f" ({_by(triggers)})"
    return ConfigWarning(code=found.code, message=f"{program.path}{scope}{found.text.rstrip('.')}.")


def _programs(document: dict[str, Any]) -> Iterator[_Program]:
    """Yield each Jsonnet that runs somewhere. What would have to be fetched isn't tried."""
    reached: dict[str, tuple[Hook, list[Trigger]]] = {}
    for trigger in _triggers():
        chain = chains.before(document, trigger.flow) if trigger.moment == BEFORE else chains.after(document, trigger)
        for hook in chain.web_hooks:
            reached.setdefault(hook.path, (hook, []))[1].append(trigger)
    for hook, triggers in reached.values():
        if hook.config.get("method") != TRACE and _is_at_hand(str(hook.config.get(BODY, ""))):
            yield _Program(hook=hook, key=BODY, triggers=triggers)
        if _is_at_hand(hook.mapping):
            yield _Program(hook=hook, key=MAPPING, triggers=triggers)


def _is_at_hand(address: str) -> bool:
    return bool(address) and not address.startswith(sources.WEB)


def _triggers() -> Iterator[Trigger]:
    for flow in FLOWS:
        yield Trigger(flow=flow, moment=BEFORE)
        yield from (Trigger(flow=flow, method=method) for method in METHODS[flow] or (None,))
    yield from (Trigger(flow=IDENTITY, method=change) for change in CHANGES)


def _reason(error: BaseException | None) -> str:
    """Return what Jsonnet says. Raises what ends the trying."""
    if isinstance(error, MappingBusyError):
        raise _OutOfPatienceError("no Jsonnet worker was free") from None
    message = " ".join(str(getattr(error, "message", error)).split()).rstrip(".")
    if isinstance(error, MappingLimitError):
        raise _TooMuchError(message) from None
    return message


def _left_out(programs: Iterable[_Program], why: str) -> ConfigWarning:
    paths = ", ".join(program.path for program in programs)
    return ConfigWarning(code=NOT_TRIED, message=f"Not tried on samples, or not on all of them, since {why}: {paths}.")


def _by(triggers: Iterable[Trigger]) -> str:
    ways: dict[str, list[str]] = {}
    for trigger in triggers:
        ways.setdefault(f"{trigger.moment} {trigger.flow}", []).extend([trigger.method] if trigger.method else [])
    return ", ".join(f"{where} by {' or '.join(methods)}" if methods else where for where, methods in ways.items())
