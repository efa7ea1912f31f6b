"""People sent to the admin API, a batch at a time; each row's answer is its own.

A batch whose answer got lost may have been stored. When it is sent again, those who are there already and who this
import made are recognised, so that nobody is doubled and nobody is reported who is fine.
"""

from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from headwater.cli.client import Client, RequestFailedError, path_of
from headwater.cli.identity_files import Person
from headwater.core.clock import Clock

PATH = "/admin/identities"
CONFLICT = 409
PAUSES_SECONDS = (1.0, 3.0, 10.0)
# Between the server's clock and ours.
CLOCK_DIFFERENCE = timedelta(minutes=10)
MAX_CANDIDATES = 20
# Ory answers a batch of nothing but conflicts with one error for all of it; this row asks for nothing, and so keeps
# the answer a list.
NOTHING: dict[str, Any] = {}


@dataclass(frozen=True, slots=True, kw_only=True)
class Sent:
    """What became of a row: `identity_id`, newly made or recognised, or `reason` of its refusal."""

    person: Person
    identity_id: str | None = None
    is_recognised: bool = False
    reason: str | None = None


class Sender:
    """Sends for one import, which began at `began_at`. What keeps it waiting it gives to `tell`."""

    def __init__(self, client: Client, *, clock: Clock, began_at: datetime, tell: Callable[[str], None]) -> None:
        self._client = client
        self._clock = clock
        self._since = began_at - CLOCK_DIFFERENCE
        self._tell = tell

    async def send(self, batch: Sequence[Person], *, doubtful_up_to: int = 0) -> list[Sent]:
        """Send the rows of `batch` that can be, and return what became of all of them, in order.

        Rows up to the number `doubtful_up_to` may have been stored before. Tries again for a while; then raises
        RequestFailedError.
        """
        sendable = [person for person in batch if person.document is not None]
        answers = await self._answers(sendable, doubtful_up_to=doubtful_up_to) if sendable else {}
        return [answers.get(person.number) or Sent(person=person, reason=person.problem) for person in batch]

    async def _answers(self, people: list[Person], *, doubtful_up_to: int) -> dict[int, Sent]:
        body = {"identities": [*({"create": person.document} for person in people), NOTHING]}
        for pause_seconds in (*PAUSES_SECONDS, None):
            try:
                answer = await self._client.patch(PATH, body)
                return await self._read(people, answer["identities"], doubtful_up_to=doubtful_up_to)
            except RequestFailedError as error:
                if pause_seconds is None:
                    raise
                self._tell(f"{error.message} Trying again in {pause_seconds:g} s.")
                doubtful_up_to = max(doubtful_up_to, people[-1].number)
                await self._clock.sleep(pause_seconds)
        raise AssertionError  # the last round returns or raises

    async def _read(self, people: list[Person], rows: list[Any], *, doubtful_up_to: int) -> dict[int, Sent]:
        answers: dict[int, Sent] = {}
        recognised: set[str] = set()
        for person, row in zip(people, rows, strict=False):
            error = row.get("error")
            if error is None:
                answers[person.number] = Sent(person=person, identity_id=str(row["identity"]))
                continue
            own = None
            if error.get("code") == CONFLICT and person.number <= doubtful_up_to:
                own = await self._own_or_none(person.document or {}, recognised)
            if own is None:
                answers[person.number] = Sent(person=person, reason=_reason(error))
            else:
                recognised.add(own)
                answers[person.number] = Sent(person=person, identity_id=own, is_recognised=True)
        return answers

    async def _own_or_none(self, document: dict[str, Any], recognised: set[str]) -> str | None:
        """Return the id of whom this import made from `document`; each counts for one row only."""
        async for found in self._lookalikes(document):
            is_new = datetime.fromisoformat(found["created_at"]) >= self._since
            if is_new and found["id"] not in recognised and found["traits"] == (document.get("traits") or {}):
                return str(found["id"])
        return None

    async def _lookalikes(self, document: dict[str, Any]) -> AsyncIterator[dict[str, Any]]:
        external_id = document.get("external_id")
        if isinstance(external_id, str) and external_id:
            with suppress(RequestFailedError):  # nobody has it
                yield await self._client.get(path_of("admin", "identities", "by", "external", external_id))
        for text in identifiers(document):
            for found in await self._client.get(PATH, credentials_identifier=text):
                yield found


def identifiers(document: dict[str, Any]) -> list[str]:
    """Return what the person might sign in with: the texts among their traits, likely ones first."""
    texts = list(_texts(document.get("traits")))
    texts.sort(key=lambda text: "@" not in text)
    return texts[:MAX_CANDIDATES]


def _texts(value: Any) -> Iterator[str]:
    level = [value]
    while level:
        yield from (item for item in level if isinstance(item, str) and item)
        level = [
            child
            for item in level
            for child in (item.values() if isinstance(item, dict) else item if isinstance(item, list) else ())
        ]


def _reason(error: dict[str, Any]) -> str:
    return str(error.get("reason") or error.get("message") or error.get("status") or "refused")
