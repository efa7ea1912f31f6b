"""User ids as a command is told them: as words, and one a line in a file."""

import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Annotated

from cyclopts import Parameter

from headwater.cli.client import Client
from headwater.cli.usage import UsageError

STDIN = "-"
IDS_IN_A_CALL = 5_000

File = Annotated[
    str | None,
    Parameter(allow_leading_hyphen=True, help="A file with user ids, one a line; - is stdin."),
]


def given(words: Sequence[str], file: str | None) -> list[str]:
    """Return the ids that were given, each once. Raises UsageError where there are none, or the file can't be read."""
    found = list(dict.fromkeys([*words, *([] if file is None else _lines(file))]))
    if not found:
        raise UsageError("Say who it is: USER_ID…, or --file with one user id a line.")
    return found


async def sent(client: Client, path: str, user_ids: Sequence[str]) -> dict[str, int]:
    """Post the ids, so many at a time as a call takes, and return the sums of what was answered."""
    sums: dict[str, int] = {}
    for part in _parts(user_ids):
        answer = await client.post(path, {"user_ids": part})
        sums = {name: sums.get(name, 0) + count for name, count in answer.items()}
    return sums


def _parts(user_ids: Sequence[str]) -> Iterator[list[str]]:
    for start in range(0, len(user_ids), IDS_IN_A_CALL):
        yield list(user_ids[start : start + IDS_IN_A_CALL])


def _lines(name: str) -> list[str]:
    try:
        content = sys.stdin.buffer.read() if name == STDIN else Path(name).read_bytes()
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise UsageError(f"{name}: this is no text in UTF-8.") from None
    except (OSError, ValueError) as error:
        raise UsageError(f"{name} can't be read: {getattr(error, 'strerror', None) or 'it is no path'}.") from None
    return [line.rstrip("\r") for line in text.split("\n") if line.strip()]
