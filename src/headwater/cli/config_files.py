"""`--file`: where a configuration comes from (a path, file://, http(s)://, base64://, stdin), read within bounds."""

import base64
import binascii
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

import httpx

from headwater.cli import config_text, file_embedding
from headwater.cli.config_text import MAX_BYTES, MIB
from headwater.cli.file_embedding import BASE64, FILE
from headwater.cli.usage import UsageError
from headwater.core.errors import BadRequestError

STDIN, STDIN_NAME = "-", "stdin"
WEB = ("http://", "https://")
TIMEOUT_SECONDS = 20.0
OK = 200


class UnreadableFileError(BadRequestError):
    """The file can't be read."""

    code = "unreadable_file"


async def documents(sources: Sequence[str]) -> list[tuple[str, Any]]:
    """Return each source's name and what it holds, the files that it names by file:// embedded.

    Raises UnreadableFileError, ConfigTextError, and UsageError where stdin would be read twice.
    """
    if list(sources).count(STDIN) > 1:
        raise UsageError("stdin comes once: give --file - once.")
    return [await _document(source) for source in sources]


def or_stdin(sources: Sequence[str], *, example: str) -> Sequence[str]:
    """Return the sources; as the ory CLI has it, stdin where none is named, unless somebody would have to type it."""
    if not sources and sys.stdin.isatty():
        raise UsageError(f"Say which file: {example}; --file - is stdin.")
    return sources or (STDIN,)


async def _document(source: str) -> tuple[str, Any]:
    name = _name(source)
    parsed = config_text.parse(await _content(source, name), name=name)
    return name, file_embedding.embedded(parsed, key="", origin=name)


def _name(source: str) -> str:
    """Return what to call it: what it holds is nothing for an error message, nor is who may fetch it."""
    if source == STDIN:
        return STDIN_NAME
    if source.startswith(BASE64):
        return "the base64:// text"
    if source.startswith(WEB):
        parts = urlsplit(source)
        return f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}{parts.path}"
    return source.removeprefix(FILE)


async def _content(source: str, name: str) -> bytes:
    """Return at most one byte more than is allowed."""
    if source == STDIN:
        return sys.stdin.buffer.read(MAX_BYTES + 1)
    if source.startswith(WEB):
        return await _fetched(source, name)
    if source.startswith(BASE64):
        try:
            return base64.b64decode(source.removeprefix(BASE64), validate=True)
        except (binascii.Error, ValueError) as error:
            raise UnreadableFileError(f"{name} is not standard base64 with padding: {error}.") from error
    return _read(Path(unquote(source.removeprefix(FILE)) if source.startswith(FILE) else source), name)


def _read(path: Path, name: str) -> bytes:
    try:
        with path.open("rb") as handle:
            return handle.read(MAX_BYTES + 1)
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or "it is no path"
        raise UnreadableFileError(f"{name} can't be read: {reason}.") from error


async def _fetched(url: str, name: str) -> bytes:
    try:
        async with (
            httpx.AsyncClient(timeout=TIMEOUT_SECONDS, follow_redirects=True) as http,
            http.stream("GET", url) as answer,
        ):
            if answer.status_code != OK:
                raise UnreadableFileError(f"{name} was answered with {answer.status_code}, so it can't be read.")
            return await _bounded(answer, name)
    except (httpx.HTTPError, httpx.InvalidURL, ValueError) as error:
        raise UnreadableFileError(f"{name} can't be fetched: {error or type(error).__name__}.") from error


async def _bounded(answer: httpx.Response, name: str) -> bytes:
    content = b""
    async for piece in answer.aiter_bytes():
        content += piece
        if len(content) > MAX_BYTES:
            raise UnreadableFileError(f"{name} is larger than {MAX_BYTES // MIB} MiB, more than any configuration is.")
    return content
