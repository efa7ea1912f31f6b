"""The collector's core: a call in, a reply out, no transport in sight. An ack means the events are on disk.

Segment's contract is a 200 for everything but malformed or oversize bodies; what is dropped behind a 200 is
counted with its reason (`Tally`) and shown to the operator.
"""

from collections.abc import Callable
from typing import Any

import msgspec
import structlog

from headwater.collect import body as bodies
from headwater.collect.calls import BATCH, call_of
from headwater.collect.credentials import write_key
from headwater.collect.normalise import Envelope, record_of
from headwater.collect.rules import reject_code
from headwater.collect.tally import Tally
from headwater.core.clock import Clock
from headwater.core.errors import HeadwaterError, NotFoundError
from headwater.core.event import Record
from headwater.log.event_log import Appender
from headwater.web.call import JSON_HEADERS, Call, Reply
from headwater.workspace.configuration import Source

logger = structlog.get_logger(__name__)

SUCCESS = Reply(status=200, body=b'{"success": true}')
TRIGGER_HEADER = "ory-webhook-trigger-id"
MAX_EVENTS = 2_500
MAX_TRIGGER_ID = 64
RETRY_SECONDS = 1
NOT_FOUND = 404
UNAVAILABLE = 503
TOO_MANY = 429

UNKNOWN_SOURCE = "unknown_source"
SOURCE_DISABLED = "source_disabled"

SourceOf = Callable[[str], Source | None]


class Collector:
    """Accepts tracking calls. `source_of` finds a source by write key, in memory."""

    def __init__(
        self, *, appender: Appender, source_of: SourceOf, tally: Tally, clock: Clock, new_id: Callable[[], str]
    ) -> None:
        self._appender = appender
        self._source_of = source_of
        self._tally = tally
        self._clock = clock
        self._new_id = new_id

    async def accept(self, call: Call) -> Reply:
        """Answer one call of the tracking API."""
        try:
            return await self._accept(call)
        except HeadwaterError as error:
            return refusal(error)
        except RecursionError:  # just shallow enough to be read, too deep to be written
            return refusal(bodies.BadBodyError("The body is nested too deeply."))

    async def _accept(self, call: Call) -> Reply:
        name = call_of(call.path)
        if name is None or call.method != "POST":
            raise NotFoundError(f"{call.method} {call.path} is not a call of the tracking API.")
        max_bytes = bodies.BATCH_MAX_BYTES if name == BATCH else bodies.SINGLE_MAX_BYTES
        body = bodies.parse(call.body, encoding=call.headers.get("content-encoding"), max_bytes=max_bytes)
        messages = _messages(body, name)
        source = self._source(call, body, messages)
        if source is None:
            return SUCCESS
        records = self._records(messages, self._envelope(call, body, source, name), is_batch=name == BATCH)
        if records:
            await self._appender.append(records)
        return SUCCESS

    def _source(self, call: Call, body: dict[str, Any], messages: list[Any]) -> Source | None:
        """Return the source a call belongs to, or count its messages as dropped."""
        key = write_key(call.headers, body) or _key_of_first(messages)
        source = self._source_of(key) if key else None
        if source is not None and source.enabled:
            return source
        code = SOURCE_DISABLED if source else UNKNOWN_SOURCE
        source_id = source.id if source else ""
        if messages:
            sample = f"write key {key[:8]}…" if key else "no write key came with the call"
            self._tally.count(source_id=source_id, code=code, sample=sample, times=len(messages))
        return None

    def _records(self, messages: list[Any], envelope: Envelope, *, is_batch: bool) -> list[Record]:
        records: list[Record] = []
        if len(messages) > MAX_EVENTS:
            sample = f"a batch of {len(messages)}; at most {MAX_EVENTS} are taken"
            times = len(messages) - MAX_EVENTS
            self._tally.count(source_id=envelope.source_id, code="bad_request", sample=sample, times=times)
        for number, message in enumerate(messages[:MAX_EVENTS]):
            code = self._reject_code(message, is_batch=is_batch)
            if code is None:
                records.append(record_of(message, envelope, number=number, new_id=self._new_id))
            else:
                sample = msgspec.json.encode(message).decode()
                self._tally.count(source_id=envelope.source_id, code=code, sample=sample)
        return records

    def _envelope(self, call: Call, body: dict[str, Any], source: Source, name: str) -> Envelope:
        trigger_id = call.headers.get(TRIGGER_HEADER)
        shared = body if name == BATCH else {}
        return Envelope(
            source_id=source.id,
            received_at=self._clock.now(),
            sent_at=body.get("sentAt"),
            context=_object(shared.get("context")),
            integrations=_object(shared.get("integrations")),
            trigger_id=trigger_id if trigger_id and len(trigger_id) <= MAX_TRIGGER_ID else None,
            via=call.via,
        )

    def _reject_code(self, message: Any, *, is_batch: bool) -> str | None:
        if not isinstance(message, dict):
            return "bad_request"
        if is_batch and len(msgspec.json.encode(message)) > bodies.SINGLE_MAX_BYTES:
            return "bad_request"
        return reject_code(message)


def refusal(error: HeadwaterError) -> Reply:
    """Return the reply for an error, in the shape every Segment client can read (reference/segment.md 1.7)."""
    body = {"success": False, "code": error.code, "message": error.message, "error": error.message}
    headers: tuple[tuple[str, str], ...] = JSON_HEADERS
    if error.status in (UNAVAILABLE, TOO_MANY):
        headers = (*headers, ("retry-after", str(RETRY_SECONDS)), ("x-ratelimit-reset", str(RETRY_SECONDS)))
    return Reply(status=error.status, body=msgspec.json.encode(body), headers=headers)


def _messages(body: dict[str, Any], name: str) -> list[Any]:
    if name != BATCH:
        return [{**body, "type": name}]
    batch = body.get("batch")
    if not isinstance(batch, list):
        raise bodies.BadBodyError("A batch needs `batch`, an array of messages.")
    return batch


def _key_of_first(messages: list[Any]) -> str | None:
    first = messages[0] if messages else None
    key = first.get("writeKey") if isinstance(first, dict) else None
    return key if isinstance(key, str) else None


def _object(value: Any) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}
