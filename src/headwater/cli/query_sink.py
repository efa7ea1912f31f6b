"""Where the answer to a query goes: standard output, or a file that is there whole or not at all."""

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO

PART = ".part"


@contextmanager
def opened(path: Path | None) -> Iterator[IO[bytes]]:
    """Give what to write into. A file appears under its name once everything is in it."""
    if path is None:
        yield sys.stdout.buffer
        sys.stdout.buffer.flush()
        return
    part = path.with_name(path.name + PART)
    try:
        with open(part, "wb") as file:
            yield file
        os.replace(part, path)  # noqa: PTH105  Path.replace says less of what failed
    except BaseException:
        with suppress(FileNotFoundError):
            part.unlink()
        raise
