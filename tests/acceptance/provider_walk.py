"""The way over the provider's pages without a browser: plain requests with cookies, form by form."""

import re
from html import unescape
from typing import Any
from urllib.parse import parse_qsl, urljoin, urlsplit

import httpx

ACTION = re.compile(r'<form method="post" action="([^"]+/(login|consent|cancel))"')
MOST_STEPS = 10
TIMEOUT_SECONDS = 20


class Walker:
    """Somebody's browser as far as the provider can tell. It goes no further than to the provider's own pages."""

    def __init__(self, issuer: str) -> None:
        self._issuer = issuer
        self._client = httpx.Client(timeout=TIMEOUT_SECONDS, trust_env=False)

    def through(self, url: str, account: str) -> str:
        """Sign in there and allow what is asked for; return where the provider then sends the browser to."""
        return self._until_left(url, {"login": {"account": account}, "consent": {}})

    def away(self, url: str) -> str:
        """Cancel on the first page; return where the provider then sends the browser to."""
        return self._until_left(url, {"cancel": {}})

    def close(self) -> None:
        self._client.close()

    def _until_left(self, url: str, answers: dict[str, dict[str, str]]) -> str:
        answer = self._client.get(url)
        for _ in range(MOST_STEPS):
            if answer.is_redirect:
                url = urljoin(url, answer.headers["location"])
                if not url.startswith(f"{self._issuer}/"):
                    return url
                answer = self._client.get(url)
                continue
            assert answer.is_success, answer.text
            actions = {step: unescape(action) for action, step in ACTION.findall(answer.text)}
            step = next(step for step in answers if step in actions)
            url = urljoin(url, actions[step])
            answer = self._client.post(url, data=answers[step])
        raise AssertionError(f"no way out of the provider's pages after {MOST_STEPS} steps: {url}")


def query(url: str) -> dict[str, Any]:
    """Return the parameters of an address."""
    return dict(parse_qsl(urlsplit(url).query))
