"""What comes with a request to the console, as text, and where it may be sent on to."""

from typing import Any
from urllib.parse import parse_qsl, quote, unquote

from litestar import Request, Response

from headwater.console import headers
from headwater.core.errors import BadRequestError

Incoming = Request[Any, Any, Any]

HOME = "/console"
SEE_OTHER = 303
MAX_FIELDS = 1_000
IN_AN_ADDRESS = "/?#&=%+:,;@!$'()*[]"  # beside letters and figures; everything else is escaped


def query(request: Incoming) -> dict[str, str]:
    """Return the last value of each name in the address."""
    return dict(parse_qsl(request.scope["query_string"].decode("latin-1"), keep_blank_values=True))


async def form(request: Incoming) -> dict[str, list[str]]:
    """Return all values of each field. Raises BadRequestError for very many."""
    text = (await request.body()).decode(errors="replace")
    found: dict[str, list[str]] = {}
    if text.count("&") >= MAX_FIELDS:
        raise BadRequestError(f"This form has more than {MAX_FIELDS:,} fields. Send less at once.")
    for name, value in parse_qsl(text, keep_blank_values=True):
        found.setdefault(name, []).append(value.replace("\r\n", "\n"))
    return found


def next_page(request: Incoming) -> str:
    """Return where to go on after the sign-in: a page of the console, whatever the address says."""
    wanted = query(request).get("next", HOME)
    is_ours = wanted == HOME or wanted.startswith((f"{HOME}/", f"{HOME}?"))
    climbs = ".." in unquote(wanted.partition("?")[0]).split("/")
    return wanted if is_ours and not climbs and "\\" not in wanted and wanted.isprintable() else HOME


def elsewhere(path: str) -> Response[Any]:
    """Send the browser to `path`."""
    sent = {**headers.OF_PAGES, "Location": quote(path, safe=IN_AN_ADDRESS)}
    return Response(b"", status_code=SEE_OTHER, headers=sent)
