"""What goes wrong on demand: at the receivers, in the log and the database, to the server itself."""

from collections.abc import Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from typing import Any

from headwater.testing.ground import Ground
from headwater.testing.seeing import Whose, whose


class Faults(Ground):
    """Until the next reset. `to`: a URL pattern, a host, a destination, "" for all; `times` None is for ever."""

    def answer(
        self,
        to: Whose = "",
        *,
        status: int = 200,
        json: Any = None,
        body: str = "",
        headers: Mapping[str, str] | None = None,
        times: int | None = None,
    ) -> None:
        """Answer such requests, from now on, with this. What was said last holds."""
        content = {"body": body} if json is None else {"json": json}
        rule = {"to": whose(to), "status": status, "headers": dict(headers or {}), "times": times, **content}
        self._emulator("POST", "/answers", rule)

    def fail(self, to: Whose = "", with_: str | int = 500, *, times: int | None = 1, **more: Any) -> None:
        """Let such requests fail: with a status, or `hang`, `reset`, `drip`, `refuse`, `dns`, `tls`.

        `hang` and `drip` last until the emulated clock reaches the time-out of whoever sent it: advance it.
        """
        how = {"status": with_} if isinstance(with_, int) else {"fault": with_}
        self._emulator("POST", "/answers", {"to": whose(to), "times": times, **how, **more})

    def forget_answers(self) -> None:
        """Answer as at the start: everything with 200."""
        self._emulator("DELETE", "/answers")

    def allow(self, to: Whose) -> None:
        """Let such requests really leave, to the app under test, say."""
        self._emulator("POST", "/allowed", {"to": whose(to)})

    def refuse(self, part: str, times: int | None = None) -> AbstractContextManager[None]:
        """Let the `log` or the `database` refuse its next `times` writes, or all; in a `with`, until its end."""
        self._emulator("POST", "/refusals", {"part": part, "times": times})
        return self._until_the_end()

    @contextmanager
    def _until_the_end(self) -> Iterator[None]:
        try:
            yield
        finally:
            self._emulator("DELETE", "/refusals")
