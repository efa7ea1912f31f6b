"""One expectation of a list: how many of it fit. Its failure shows the nearest, and what differs there. Pure."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from headwater.testing import matching

MOST_SHOWN = 20


@dataclass(frozen=True, slots=True, kw_only=True)
class Expectation:
    """`times` exactly, else `at_least`, of `what` fit `expected`. `line` shows one; `remarks` end a failure."""

    what: str
    expected: Mapping[str, Any]
    line: Callable[[Mapping[str, Any]], str]
    times: int | None = None
    at_least: int = 1
    remarks: Sequence[str] = field(default_factory=tuple)

    def require(self, candidates: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
        """Return those that fit. Raises AssertionError unless they are as many as they should be."""
        __tracebackhide__ = True
        differing = [matching.differences(self.expected, one) for one in candidates]
        fitting = [one for one, found in zip(candidates, differing, strict=True) if not found]
        if not self._is_met(len(fitting)):
            raise AssertionError(self._failure(candidates, differing, fitting))
        return fitting

    def _is_met(self, count: int) -> bool:
        return count == self.times if self.times is not None else count >= self.at_least

    def _failure(
        self,
        candidates: Sequence[dict[str, Any]],
        differing: Sequence[list[matching.Difference]],
        fitting: Sequence[dict[str, Any]],
    ) -> str:
        wanted = f"exactly {self.times}" if self.times is not None else f"at least {self.at_least}"
        if self.times == 0:
            wanted = "no"
        said = [f"Expected {wanted} {self.what} with {self._shown_expected()}; found {len(fitting)}."]
        others = [(found, one) for found, one in zip(differing, candidates, strict=True) if found]
        if self.times is not None and len(fitting) > self.times:
            return "\n".join([*said, *self._listed("Those that fit:", fitting)])
        if others:
            found, nearest = min(others, key=lambda pair: len(pair[0]))
            said += ["The nearest:", f"  {self.line(nearest)}", *(f"    {one}" for one in found)]
        said += (
            self._listed(f"All {len(candidates)}:", candidates) if candidates else [f"There is no {self.what} at all."]
        )
        return "\n".join([*said, *self.remarks])

    def _shown_expected(self) -> str:
        pairs = [f"{name}={matching.shown(value)}" for name, value in self.expected.items()]
        return ", ".join(pairs) or "anything"

    def _listed(self, head: str, some: Sequence[dict[str, Any]]) -> list[str]:
        more = [f"  … and {len(some) - MOST_SHOWN} more"] if len(some) > MOST_SHOWN else []
        return [head, *(f"  {self.line(one)}" for one in some[:MOST_SHOWN]), *more]
