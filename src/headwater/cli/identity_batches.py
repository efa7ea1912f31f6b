"""People in batches that one request can carry: so many rows, so many bytes, so many passwords to hash. Pure."""

from collections.abc import Iterable, Iterator
from typing import Any

from headwater.cli.identity_files import Person

MAX_ROWS = 1000  # Ory's, of one request
# The last place is kept for a row that asks for nothing: see `identity_sender`.
MAX_PEOPLE = MAX_ROWS - 1
MAX_BYTES = 4 * 1024 * 1024
# Ory takes 200. The server hashes them one after the other, and we wait for an answer no longer than half a minute.
MAX_CLEAR_PASSWORDS = 40


def batches(people: Iterable[Person], *, size: int) -> Iterator[list[Person]]:
    """Yield the people in order, at most `size` together, those that can't be sent among them."""
    batch: list[Person] = []
    total_bytes = clear = 0
    for person in people:
        hashing = has_clear_password(person.document)
        is_full = len(batch) >= min(size, MAX_PEOPLE) or total_bytes + person.size > MAX_BYTES
        if batch and (is_full or clear + hashing > MAX_CLEAR_PASSWORDS):
            yield batch
            batch, total_bytes, clear = [], 0, 0
        batch.append(person)
        total_bytes += person.size
        clear += hashing
    if batch:
        yield batch


def has_clear_password(document: dict[str, Any] | None) -> bool:
    """Tell whether the server would have to hash for this row."""
    place: Any = document
    for key in ("credentials", "password", "config", "password"):
        place = place.get(key) if isinstance(place, dict) else None
    return bool(place)
