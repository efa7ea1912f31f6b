"""Small files by which a killed server's successor goes on: whole, whenever the kill came."""

from pathlib import Path


def write(file: Path | None, content: bytes) -> None:
    """Let `file` hold this, in place of what it held; without one there is nothing to do."""
    if file is None:
        return
    beside = file.with_suffix(".new")
    beside.write_bytes(content)
    beside.replace(file)
