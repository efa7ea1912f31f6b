"""Cookies are read as the web framework reads them, whether they are plain or quoted."""

import pytest
from litestar import Request

from headwater.identity.flows import inbound

TEXTS = {
    "one": "a=1",
    "two": "a=1; b=2",
    "empty": "",
    "spaces": " a = 1 ;b=2;; ",
    "no name": "lonely; =x; a=b=c",
    "twice": "a=1; a=2",
    "quoted": 'a="x\\073y"; b=2',
    "escaped": "a=%20x",
}


@pytest.mark.parametrize("text", TEXTS.values(), ids=TEXTS.keys())
def test_reads_cookies_as_the_framework_does(text):
    headers = [(b"cookie", text.encode())]
    scope = {"type": "http", "method": "GET", "path": "/", "raw_path": b"/", "query_string": b"", "headers": headers}
    request = Request({**scope, "client": None, "state": {}})

    assert dict(request.cookies) == inbound.of(request, public_url="http://us.test").cookies
