"""From a parcel to the log: whose it is, whether there is room for it, what of it can be stored.

All of it is decided first, then everything good is appended at once; drops are counted only after that, so that
a call that comes again after a 429 or 503 is counted once.
"""

from collections.abc import Callable, Sequence
from typing import Any

import msgspec

from headwater.collect import body as bodies
from headwater.collect import reasons, rules, sender
from headwater.collect.counters import Counters
from headwater.collect.normalise import Envelope, record_of
from headwater.collect.parcel import MAX_EVENTS, Item, Parcel, Share
from headwater.collect.rate_limit import RateLimits
from headwater.collect.strict import MOST_NAMED, Drop, Place
from headwater.collect.tally import SAMPLE_CHARACTERS, Tally
from headwater.core.clock import Clock, epoch_ms, iso_ms
from headwater.core.event import Record
from headwater.log.event_log import Appender
from headwater.web.call import Call
from headwater.workspace.configuration import Source
from headwater.workspace.suppressed import Suppressed

TRIGGER_HEADER = "ory-webhook-trigger-id"
MAX_TRIGGER_ID = 64
SHOWN_OF_A_KEY = 8

SourceOf = Callable[[str], Source | None]


class Ingest:
    """Stores what can be stored. `is_strict`: the server's setting, over every source's own."""

    def __init__(
        self,
        *,
        appender: Appender,
        source_of: SourceOf,
        tally: Tally,
        clock: Clock,
        new_id: Callable[[], str],
        limits: RateLimits,
        counters: Counters,
        is_strict: bool,
        suppressed: Suppressed,
    ) -> None:
        self._appender = appender
        self._source_of = source_of
        self._tally = tally
        self._clock = clock
        self._new_id = new_id
        self._limits = limits
        self._counters = counters
        self._is_strict = is_strict
        self._suppressed = suppressed

    async def take(self, parcel: Parcel, call: Call) -> tuple[int, list[Drop]]:
        """Return how many events are stored, and the dropped ones. Raises RateLimitedError, UnavailableError."""
        lots = [(share, self._source_of(share.key) if share.key else None) for share in parcel.shares]
        self._limits.admit([(source, len(share.items)) for share, source in lots if source and source.enabled])
        records: list[Record] = []
        drops: list[Drop] = []
        for share, source in lots:
            if source is not None and source.enabled:
                self._sort(share, source, self._envelope(parcel, call, source), into=records, drops=drops)
            elif share.items:
                drops.append(self._turned_away(share, source))
        if parcel.excess or not lots[0][0].items:
            drops.append(self._wrong_size(parcel, lots[0][1]))
        stored_count = await self._store(records, drops) if records else 0
        self._count(drops)
        return stored_count, drops

    async def _store(self, records: list[Record], drops: list[Drop]) -> int:
        """Append what may be stored, and return how many that is."""
        if not self._suppressed.is_nobody:
            records = await self._without_suppressed(records, drops)
            if not records:
                return 0
        answers = await self._appender.append(records)
        self._counters.accepted += len(records)
        for answer in answers:
            if answer.is_duplicate:
                self._counters.repeated += 1
        return len(records)

    async def _without_suppressed(self, records: list[Record], drops: list[Drop]) -> list[Record]:
        """Return the events of people who may be processed. Nothing is kept of the others but how many they were."""
        found = await self._suppressed.among(record.user_id for record in records)
        if not found:
            return records
        drops += [_of_suppressed(record) for record in records if record.user_id in found]
        return [record for record in records if record.user_id not in found]

    def _sort(self, share: Share, source: Source, envelope: Envelope, *, into: list[Record], drops: list[Drop]) -> None:
        for item in share.items:
            message, code = _judged(item)
            if code is None:
                into.append(record_of(message, envelope, number=item.number, new_id=self._new_id))
            else:
                drops.append(self._drop(item, message, code, source))

    def _envelope(self, parcel: Parcel, call: Call, source: Source) -> Envelope:
        trigger_id = call.headers.get(TRIGGER_HEADER)
        received_at = self._clock.now()
        return Envelope(
            source_id=source.id,
            received_at=received_at,
            received_iso=iso_ms(received_at),
            received_at_ms=epoch_ms(received_at),
            sent_at=parcel.sent_at,
            context=parcel.context,
            integrations=parcel.integrations,
            sender=sender.of(call, source, is_pixel=parcel.is_pixel),
            trigger_id=trigger_id if trigger_id and len(trigger_id) <= MAX_TRIGGER_ID else None,
            via=call.via,
        )

    def _drop(self, item: Item, message: Any, code: str, source: Source) -> Drop:
        is_strict = self._is_strict or source.strict
        sample, reason = _sample(item), reasons.meaning(code)
        if code == rules.BAD_REQUEST:
            reason = reasons.of_bad_request(message, wire_bytes=len(item.message) if message is msgspec.UNSET else 0)
            sample = f"{reason} {sample}"
        return Drop(
            index=item.number,
            code=code,
            reason=reason,
            message_id=_id_of(message) if is_strict else None,
            source_id=source.id,
            is_strict=is_strict,
            sample=sample,
        )

    def _turned_away(self, share: Share, source: Source | None) -> Drop:
        """Return the drop of a whole share: there is no such source, or it is switched off."""
        is_strict = self._is_strict or (source is not None and source.strict)
        code = rules.SOURCE_DISABLED if source else rules.UNKNOWN_SOURCE
        first, *others = _places(share.items[:MOST_NAMED] if is_strict else share.items[:1], is_read=is_strict)
        return Drop(
            index=first.index,
            code=code,
            reason=reasons.meaning(code),
            message_id=first.message_id,
            source_id=source.id if source else "",
            is_strict=is_strict,
            sample=f"write key {share.key[:SHOWN_OF_A_KEY]}…" if share.key else "no write key came with the call",
            times=len(share.items),
            others=tuple(others),
        )

    def _wrong_size(self, parcel: Parcel, source: Source | None) -> Drop:
        """Return the drop of what a batch has too many of, or of a batch that has nothing."""
        came = MAX_EVENTS + parcel.excess
        sample = f"a batch of {came}; at most {MAX_EVENTS} are taken" if parcel.excess else "a batch of none"
        return Drop(
            index=MAX_EVENTS if parcel.excess else 0,
            code=rules.BAD_REQUEST if parcel.excess else rules.EMPTY_BATCH,
            reason=f"It came in {sample}." if parcel.excess else reasons.meaning(rules.EMPTY_BATCH),
            message_id=None,
            source_id=source.id if source else "",
            is_strict=self._is_strict or (source is not None and source.strict),
            sample=sample,
            times=parcel.excess or 1,
        )

    def _count(self, drops: list[Drop]) -> None:
        for drop in drops:
            self._tally.count(source_id=drop.source_id, code=drop.code, sample=drop.sample, times=drop.times)
            self._counters.rejected += drop.times


def _of_suppressed(record: Record) -> Drop:
    """Return the drop of one event that may not be stored: never a strict one, for its sender did nothing wrong."""
    return Drop(
        index=0,
        code=rules.USER_SUPPRESSED,
        reason=reasons.meaning(rules.USER_SUPPRESSED),
        message_id=None,
        source_id=record.source,
        is_strict=False,
        sample=f"one of type {record.type}; nothing else of it was kept",
    )


def _judged(item: Item) -> tuple[Any, str | None]:
    """Return an item's message, UNSET if it can't be read, and why it can't be stored, None when it can."""
    message = item.message
    if isinstance(message, msgspec.Raw):
        if len(message) > bodies.SINGLE_MAX_BYTES:
            return msgspec.UNSET, rules.BAD_REQUEST
        try:
            message = bodies.value_of(message)
        except bodies.BadBodyError:  # JSON, but a number that no double holds, say: the others are not to blame
            return msgspec.UNSET, rules.BAD_REQUEST
    return message, rules.reject_code(message) if isinstance(message, dict) else rules.BAD_REQUEST


def _sample(item: Item) -> str:
    """Return the beginning of a message, for the operator to recognise it."""
    message = item.message
    text = bytes(message) if isinstance(message, msgspec.Raw) else msgspec.json.encode(message)
    return text[:SAMPLE_CHARACTERS].decode(errors="ignore")


def _places(items: Sequence[Item], *, is_read: bool) -> list[Place]:
    """Return where `items` stand in the call; with their ids, if they are to be read for that."""
    return [Place(item.number, _id_of(_read(item)) if is_read else None) for item in items]


def _read(item: Item) -> Any:
    if not isinstance(item.message, msgspec.Raw):
        return item.message
    try:
        return bodies.value_of(item.message)
    except bodies.BadBodyError:
        return msgspec.UNSET


def _id_of(message: Any) -> str | None:
    """Return a message's own id, as much of it as an id may have."""
    message_id = message.get("messageId") if isinstance(message, dict) else None
    return message_id[: rules.MAX_MESSAGE_ID] if isinstance(message_id, str) else None
