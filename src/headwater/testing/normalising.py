"""What differs from run to run, made the same: ids, times and secrets become `<id 1>`, `<time>`, `<secret 1>`. Pure.

The same value gets the same number wherever it stands.
"""

import re
from collections.abc import Mapping
from typing import Any

UUID = r"[0-9a-fA-F]{8}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{12}"
OWN_ID = r"\b(?:dst|src|wk|key|sup|rpl)_[0-9a-f]{16}\b"
MOMENT = r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d(?:\.\d+)?(?:Z|[+-]\d\d:?\d\d)?"
FOUND = re.compile(f"(?P<time>{MOMENT})|(?P<id>{UUID}|{OWN_ID})")
SECRET_KEY = re.compile(
    r"authorization|cookie|password|secret|token|signature|credential|api[-_]?key|write[-_]?key",
    re.IGNORECASE,
)
ID_KEY = re.compile(r"^(message[-_]?id|\$?insert[-_]?id|idempotency-key|webhook-id)$", re.IGNORECASE)
TIME_KEY = re.compile(r"time|date|(^|_)ts$|_at$|At$|_ms$|micros$", re.IGNORECASE)
KEY_PARAMETERS = ("key", "sig")  # of a URL; in a body they may be anything
# A part of a path that nobody chose, such as the last one of a Slack webhook.
RANDOM = re.compile(r"(?<=/)(?=[^/]*\d)(?=[^/]*[A-Za-z])[A-Za-z0-9_-]{20,}(?=/|$)")
EPOCHS = ((1_000_000_000, 5_000_000_000), (10**12, 5 * 10**12), (10**15, 5 * 10**15))
LEFT_OUT = {"user-agent", "content-length", "host", "date", "accept-encoding", "traceparent", "connection", "accept"}
SCHEMES = ("basic", "bearer", "splunk", "klaviyo-api-key")


class Normaliser:
    """For one snapshot: it numbers as it goes. `own_url` is the emulator's, `secrets` are those that are known."""

    def __init__(self, *, own_url: str = "", secrets: tuple[str, ...] = ()) -> None:
        self._url = own_url
        self._known = [one for one in secrets if one]
        self._numbers: dict[tuple[str, str], int] = {}

    def headers(self, headers: Mapping[str, str]) -> dict[str, str]:
        """Return those that matter, by name in lower case."""
        kept = {name.lower(): value for name, value in headers.items() if name.lower() not in LEFT_OUT}
        return {name: self._header(name, value) for name, value in sorted(kept.items())}

    def value(self, value: Any, *, key: str = "") -> Any:
        """Return any JSON value, made the same."""
        if isinstance(value, dict):
            return {name: self.value(one, key=name) for name, one in sorted(value.items())}
        if isinstance(value, list):
            return [self.value(one, key=key) for one in value]
        if isinstance(value, str):
            return self._text(value, key)
        is_moment = isinstance(value, int | float) and TIME_KEY.search(key) is not None
        return "<time>" if is_moment and any(low <= value < high for low, high in EPOCHS) else value

    def parameters(self, parameters: Mapping[str, str]) -> dict[str, str]:
        """Return those of a query or a form."""
        return {
            name: self._numbered("secret", one) if name in KEY_PARAMETERS else self._text(one, name)
            for name, one in sorted(parameters.items())
        }

    def url(self, url: str) -> str:
        """Return a URL without user or query; what looks random in its path is taken for a secret."""
        return RANDOM.sub(lambda found: self._numbered("secret", found[0]), self.text(url))

    def text(self, text: str) -> str:
        """Return a text, with every id, time and known secret in it made the same."""
        for secret in self._known:
            if secret in text:
                text = text.replace(secret, self._numbered("secret", secret))
        if self._url:
            text = text.replace(self._url, "<headwater>")
        return FOUND.sub(self._found, text)

    def _text(self, text: str, key: str) -> str:
        if text and SECRET_KEY.search(key):
            return self._numbered("secret", text)
        if text and ID_KEY.match(key):
            return self._numbered("id", text)
        return self.text(text)

    def _header(self, name: str, value: str) -> str:
        scheme, _, rest = value.partition(" ")
        if SECRET_KEY.search(name) and rest and scheme.lower() in SCHEMES:
            return f"{scheme} {self._numbered('secret', rest)}"
        if TIME_KEY.search(name) and value.isdecimal():
            return "<time>"
        return self._text(value, name)

    def _found(self, found: re.Match[str]) -> str:
        return "<time>" if found["time"] else self._numbered("id", found["id"].lower())

    def _numbered(self, kind: str, value: str) -> str:
        number = self._numbers.setdefault((kind, value), 1 + sum(one == kind for one, _ in self._numbers))
        return f"<{kind} {number}>"
