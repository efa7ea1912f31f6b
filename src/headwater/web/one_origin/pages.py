"""What the proxy itself has to say: which of the two isn't running, and what to do about it. Pure."""

import html

from headwater.web import refusals
from headwater.web.call import Reply

HTML_HEADERS = (
    ("content-type", "text/html; charset=utf-8"),
    ("content-security-policy", "default-src 'none'; style-src 'unsafe-inline'"),
    ("cache-control", "no-store"),
)
PAGE = """<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<title>{title}</title>
<style>:root{{color-scheme:light dark}}body{{font:1rem/1.5 system-ui,sans-serif;max-width:40rem;margin:4rem auto;
padding:0 1rem}}</style></head>
<body><h1>{title}</h1><p>{message}</p><p><small>headwater proxy</small></p></body></html>
"""


def refusal(status: int, *, code: str, title: str, message: str, accept: str) -> Reply:
    """Return a page for a person, and Ory's envelope for a program."""
    if "text/html" not in accept:
        return refusals.reply(status, code=code, message=message)
    page = PAGE.format(title=html.escape(title), message=html.escape(message))
    return Reply(status=status, body=page.encode(), headers=HTML_HEADERS)
