"""An answer to a query as it comes from the server: lines of JSON, the columns first, and at the end how it went."""

import itertools
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from typing import Any

import msgspec

from headwater.cli.client import RequestFailedError


@dataclass(slots=True, kw_only=True)
class QueryAnswer:
    """What came so far. `columns` are names, each of them once."""

    columns: list[str] = field(default_factory=list)
    rows: int = 0
    is_cut: bool = False
    behind: int = 0

    async def read(self, lines: AsyncIterator[str]) -> AsyncIterator[list[Any]]:
        """Yield the rows. Raises RequestFailedError where the answer breaks off, with the server's reason."""
        said: Any = None
        async for line in lines:
            if not line:
                continue
            found = _read(line)
            if isinstance(found, list):
                self.rows += 1
                yield found
            elif "columns" in found:
                self.columns = _apart([column["name"] for column in found["columns"]])
            else:
                said = found
        if said is None:
            raise RequestFailedError("The answer broke off. Look at the server's log.")
        if "error" in said:
            raise RequestFailedError(said["error"]["message"], answered=said["error"]["code"])
        self.is_cut, self.behind = said["is_cut"], said["behind"]


def _read(line: str) -> Any:
    try:
        return msgspec.json.decode(line)
    except msgspec.DecodeError:  # a row that was cut short by what the next line tells
        return {}


def _apart(names: list[str]) -> list[str]:
    """Return names of which none is there twice: a second `id` is `id_1`."""
    found: dict[str, None] = {}
    for name in names:
        spellings = (name if not number else f"{name}_{number}" for number in itertools.count())
        found[next(spelling for spelling in spellings if spelling not in found)] = None
    return list(found)
