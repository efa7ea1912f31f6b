"""Assertions on what was collected, and on what was turned away."""

from typing import Any

from headwater.testing import one_line
from headwater.testing.expectation import Expectation
from headwater.testing.ground import Ground
from headwater.testing.seeing import Seeing

# As Python writes them, and as Segment does. Any other name stands for itself.
SEGMENTS_WORDS = {
    "user_id": "userId",
    "anonymous_id": "anonymousId",
    "group_id": "groupId",
    "previous_id": "previousId",
    "message_id": "messageId",
}


class ExpectingEvents(Seeing, Ground):
    """Each returns the first that fits. Values: see `matching`. `source`: a slug; default: all but `identity`."""

    def assert_event(
        self, *, times: int | None = None, at_least: int = 1, source: str | None = None, **expected: Any
    ) -> dict[str, Any]:
        """Require an event of which this is true: `type`, `event`, `user_id`, `properties`, `traits`, …, `context`."""
        __tracebackhide__ = True
        wanted = {SEGMENTS_WORDS.get(name, name): value for name, value in expected.items()}
        rule = Expectation(
            what="event",
            expected=wanted,
            line=one_line.event,
            times=times,
            at_least=at_least,
            remarks=self._turned_away(),
        )
        found = rule.require(self.events(source=source))
        return found[0] if found else {}

    def assert_identified(self, user_id: Any = None, **expected: Any) -> dict[str, Any]:
        """Require an identify call."""
        __tracebackhide__ = True
        whose = {} if user_id is None else {"user_id": user_id}
        return self.assert_event(type="identify", **whose, **expected)

    def assert_tracked(self, event: Any, **expected: Any) -> dict[str, Any]:
        """Require a track call of that name."""
        __tracebackhide__ = True
        return self.assert_event(type="track", event=event, **expected)

    def assert_not_tracked(self, event: Any = None, **expected: Any) -> None:
        """Require that there is no such track call; without a name, none at all that fits."""
        __tracebackhide__ = True
        name = {} if event is None else {"event": event}
        self.assert_event(type="track", **name, **expected, times=0)

    def assert_bad_event(self, code: Any = None, *, times: int | None = None, **expected: Any) -> dict[str, Any]:
        """Require an event that was turned away, for that reason: `code`, `source`, `event` (what came)."""
        __tracebackhide__ = True
        self.settle()
        wanted = {**({} if code is None else {"code": code}), **expected}
        rule = Expectation(what="bad event", expected=wanted, line=one_line.bad_event, times=times)
        found = rule.require(self.bad_events())
        return found[0] if found else {}

    def assert_no_bad_events(self) -> None:
        """Require that nothing was turned away."""
        __tracebackhide__ = True
        self.assert_bad_event(times=0)

    def _turned_away(self) -> list[str]:
        bad = self.bad_events()
        return ["Turned away:", *(f"  {one_line.bad_event(one)}" for one in bad[-5:])] if bad else []
