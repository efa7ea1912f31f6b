"""`--fetch`: what a kratos.yml names by http(s), fetched once while it is imported, within bounds."""

import httpx

from headwater.cli.kratos_files import KIB, MAX_BYTES, UnreadableFileError

TIMEOUT_SECONDS = 20.0
MAX_REDIRECTS = 5
OK = 200


async def fetch(url: str) -> bytes:
    """Return what is at `url`. Raises UnreadableFileError."""
    try:
        async with (
            httpx.AsyncClient(timeout=TIMEOUT_SECONDS, follow_redirects=True, max_redirects=MAX_REDIRECTS) as http,
            http.stream("GET", url) as answer,
        ):
            if answer.status_code != OK:
                raise UnreadableFileError(f"was answered with {answer.status_code}")
            return await _bounded(answer)
    except (httpx.HTTPError, httpx.InvalidURL) as error:
        raise UnreadableFileError(f"can't be fetched: {error or type(error).__name__}") from error


async def _bounded(answer: httpx.Response) -> bytes:
    content = b""
    async for piece in answer.aiter_bytes():
        content += piece
        if len(content) > MAX_BYTES:
            raise UnreadableFileError(f"is larger than {MAX_BYTES // KIB} KiB")
    return content
