"""Assertions on what left, or would have: Actions' calls, deliveries, mails."""

import re
from collections.abc import Mapping
from typing import Any

from headwater.testing import one_line
from headwater.testing.expectation import Expectation
from headwater.testing.ground import Ground
from headwater.testing.seeing import Seeing, Whose, called, whose

ALIAS = "tracking-alias"
FIRST_ERROR_STATUS = 300
MOST_ELSEWHERE = 10
LOCAL = "localhost"
UNLIKE_A_NAME = re.compile(r"[.:/*]")


class ExpectingRequests(Seeing, Ground):
    """Each returns the first that fits. What was asserted on is remembered, for `assert_nothing_else_left`."""

    _asserted: set[int]

    def assert_called(
        self,
        to: Whose = "",
        *,
        method: Any = None,
        body: Any = None,
        headers: Mapping[str, Any] | None = None,
        times: int | None = None,
        at_least: int = 1,
        **expected: Any,
    ) -> dict[str, Any]:
        """Require a request `to` a URL pattern (`https://x.example.com/**`), a host or a destination.

        Each attempt counts, whatever it was answered. Further names: `url`, `path`, `status`, `failure`, `how`.
        """
        __tracebackhide__ = True
        wanted = dict(expected)
        wanted |= {} if method is None else {"method": method}
        wanted |= {} if body is None else {"body": body}
        wanted |= {} if headers is None else {"headers": {name.lower(): one for name, one in headers.items()}}
        what = f"request to {called(to)}" if whose(to) else "request"
        candidates = self.requests(to)
        rule = Expectation(
            what=what,
            expected=wanted,
            line=one_line.request,
            times=times,
            at_least=at_least,
            remarks=self._elsewhere(candidates, to),
        )
        return self._asserted_on(rule.require(candidates))

    def assert_not_called(self, to: Whose = "", **expected: Any) -> None:
        """Require that no such request left."""
        __tracebackhide__ = True
        self.assert_called(to, **expected, times=0)

    def assert_delivered(self, destination: Whose, **expected: Any) -> dict[str, Any]:
        """Require a request of this destination, by object, id or name, that its tool took (2xx)."""
        __tracebackhide__ = True
        return self.assert_called(destination, **{"status": Success(), **expected})

    def assert_nothing_else_left(self) -> None:
        """Require that each request was asserted on, or answered by the emulator's own tracking API."""
        __tracebackhide__ = True
        kept = self.requests()
        if kept and kept[0]["id"] > 1:
            raise AssertionError(f"More left than is kept: the first {kept[0]['id'] - 1} requests are forgotten.")
        rest = [one for one in kept if one["id"] not in self._asserted and one["how"] != ALIAS]
        if rest:
            listed = "\n".join(f"  {one_line.request(one)}" for one in rest)
            raise AssertionError(f"{len(rest)} requests left that nothing asserted on:\n{listed}")

    def assert_mailed(
        self,
        to: Any,
        *,
        subject: Any = None,
        body: Any = None,
        times: int | None = None,
        at_least: int = 1,
        **expected: Any,
    ) -> dict[str, Any]:
        """Require a message to this address. Text given as `body` is somewhere in it; `subject` is all of it."""
        __tracebackhide__ = True
        wanted = {"recipient": to, **expected}
        wanted |= {} if subject is None else {"subject": subject}
        wanted |= {} if body is None else {"body": Containing(body) if isinstance(body, str) else body}
        rule = Expectation(what="mail", expected=wanted, line=one_line.mail, times=times, at_least=at_least)
        found = rule.require(self.mails())
        return found[0] if found else {}

    def _asserted_on(self, found: list[dict[str, Any]]) -> dict[str, Any]:
        self._asserted.update(one["id"] for one in found)
        return found[0] if found else {}

    def _elsewhere(self, candidates: list[dict[str, Any]], to: Whose) -> list[str]:
        if candidates or not whose(to):
            return []
        others = self.requests()
        listed = [f"  {one_line.request(one)}" for one in others[-MOST_ELSEWHERE:]]
        said = ["What left, to elsewhere:", *listed] if listed else ["Nothing left at all."]
        ended = [f"  {one_line.delivery(one)}" for one in self._undelivered()[-MOST_ELSEWHERE:]]
        said += ["What ended before it was sent:", *ended] if ended else []
        return said + self._misnamed(whose(to))

    def _misnamed(self, to: str) -> list[str]:
        """Say it where `to` can only be a destination's name, and is none's."""
        names = self._destination_names()
        if UNLIKE_A_NAME.search(to) or to == LOCAL or to in (*names, *names.values()):
            return []
        there = f"there are {', '.join(sorted(names.values()))}" if names else "there are none"
        return [f"No destination is called {to!r}; {there}."]


class Containing(str):
    """Equal to every text that this is a part of."""

    __slots__ = ()
    __hash__ = str.__hash__

    def __eq__(self, other: object) -> bool:
        return isinstance(other, str) and str(self) in str(other)

    def __repr__(self) -> str:
        return f"text with {str(self)!r} in it"


class Success:
    """Equal to every status by which a tool says that it took it."""

    def __hash__(self) -> int:
        return hash(type(self))

    def __eq__(self, other: object) -> bool:
        return isinstance(other, int) and 200 <= other < FIRST_ERROR_STATUS  # noqa: PLR2004  HTTP's

    def __repr__(self) -> str:
        return "2xx"
