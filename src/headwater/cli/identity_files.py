"""Files of people: which shape one has, where it goes on, and whether it is still the one that was begun.

A JSON object, an array of them, or one a line (JSONL), as `ory import identities` and Ory's exports write them.
"""

import hashlib
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, BinaryIO

import msgspec

from headwater.cli import identity_values
from headwater.cli.identity_values import MAX_ROW_BYTES, Cut
from headwater.core.errors import BadRequestError

STDIN = "-"
LINES, ARRAY, OBJECTS = "lines", "array", "objects"
LINE_SUFFIXES = (".jsonl", ".ndjson")
HEAD_BYTES = 64 * 1024
BOM = b"\xef\xbb\xbf"
KIB = 1024


class UnreadablePeopleError(BadRequestError):
    """This is no file of people."""

    code = "unreadable_people"


class Fingerprint(msgspec.Struct, frozen=True, kw_only=True):
    """What tells one file from another without reading all of it."""

    size: int
    modified_ns: int
    head_sha256: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    """One row: what is to be sent, or why it can't be. `where` is its line, or its number in the file from 0."""

    number: int
    where: dict[str, int]
    end: int
    document: dict[str, Any] | None = field(default=None, repr=False)
    size: int = 0
    problem: str | None = None


class PeopleFile:
    """An open file; `name` is as it was given."""

    def __init__(self, name: str, stream: BinaryIO) -> None:
        self.name = name
        self._stream = stream
        self.is_stdin = name == STDIN
        self.shape, self._start = _shape(stream, name)

    @property
    def size_bytes(self) -> int | None:
        return None if self.is_stdin else Path(self.name).stat().st_size

    def fingerprint(self) -> Fingerprint:
        """Tell which file this is."""
        about = Path(self.name).stat()
        with Path(self.name).open("rb") as handle:
            head = hashlib.sha256(handle.read(HEAD_BYTES)).hexdigest()
        return Fingerprint(size=about.st_size, modified_ns=about.st_mtime_ns, head_sha256=head)

    def people(self, *, number: int = 0, end: int = 0) -> Iterator[Person]:
        """Yield the rows after the first `number`, which reach to the byte `end`.

        Where the file can't be read on, that is the last row, with its problem.
        """
        start = end or self._start
        if self.is_stdin:
            self._stream.read(start)
        else:
            self._stream.seek(start)
        if self.shape == LINES:
            cuts = identity_values.lines(self._stream, number=number, end=start)
        else:
            cuts = identity_values.values(self._stream, number=number, end=start, in_array=self.shape == ARRAY)
        end = start
        try:
            for cut in cuts:
                number, end = cut.number, cut.end
                yield _person(cut, self.shape)
        except identity_values.BrokenFileError as error:
            problem = f"The file can't be read on: {error.message}."
            yield Person(number=number + 1, where=_where(number + 1, self.shape), end=end, problem=problem)

    def close(self) -> None:
        self._stream.close()


def opened(name: str) -> PeopleFile:
    """Open a file, or stdin for `-`. Raises UnreadablePeopleError."""
    if name == STDIN:
        return PeopleFile(name, open(sys.stdin.fileno(), "rb", buffering=HEAD_BYTES, closefd=False))
    try:
        stream = Path(name).open("rb", buffering=HEAD_BYTES)  # noqa: SIM115  until `close`
    except OSError as error:
        raise UnreadablePeopleError(f"{name} can't be read: {error.strerror}.") from error
    try:
        return PeopleFile(name, stream)
    except BaseException:
        stream.close()
        raise


def _shape(stream: Any, name: str) -> tuple[str, int]:
    """Return the shape, and where the first row may begin."""
    head: bytes = stream.peek(HEAD_BYTES)[:HEAD_BYTES]
    text = head.removeprefix(BOM)
    start = len(head) - len(text)
    lead = len(text) - len(text.lstrip())
    first = text[lead : lead + 1]
    if first == b"[":
        return ARRAY, start + lead + 1
    if Path(name).suffix.lower() in LINE_SUFFIXES or _is_object(text.lstrip().partition(b"\n")[0]):
        return LINES, start
    if first not in (b"{", b""):
        raise UnreadablePeopleError(f"{name} is no JSON: it must begin with {{ or [.")
    return OBJECTS, start


def _is_object(line: bytes) -> bool:
    try:
        return isinstance(msgspec.json.decode(line), dict)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return False


def _where(number: int, shape: str) -> dict[str, int]:
    return {"line": number} if shape == LINES else {"index": number - 1}


def _person(cut: Cut, shape: str) -> Person:
    where = _where(cut.number, shape)
    if cut.content is None:
        problem = f"The row is larger than {MAX_ROW_BYTES // KIB} KiB."
        return Person(number=cut.number, where=where, end=cut.end, problem=problem)
    try:
        document = msgspec.json.decode(cut.content)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        return Person(number=cut.number, where=where, end=cut.end, problem=f"The row is no JSON: {error}.")
    except RecursionError:
        return Person(number=cut.number, where=where, end=cut.end, problem="The row is nested too deeply.")
    if not isinstance(document, dict):
        return Person(number=cut.number, where=where, end=cut.end, problem="The row is no JSON object.")
    return Person(number=cut.number, where=where, end=cut.end, document=document, size=len(cut.content))
