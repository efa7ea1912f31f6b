"""What the demo prints: each step with its commands, what came back, and how long it took."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from rich.console import Console

from headwater.core.clock import Clock

INDENT = "     "


class Screen:
    """Prints plainly to a file and in colour to a terminal. Nothing printed is read as markup."""

    def __init__(self, *, clock: Clock) -> None:
        self._console = Console(markup=False, highlight=False, emoji=False)
        self._clock = clock
        self._began = clock.monotonic()
        self._done: list[tuple[str, float]] = []
        self._current = ""

    @contextmanager
    def step(self, title: str) -> Iterator[None]:
        """Play one numbered step and say how long it took."""
        self._current = f"{len(self._done) + 1}. {title}"
        began = self._clock.monotonic()
        self._print(f"\n{self._current}", style="bold")
        yield
        seconds = self._clock.monotonic() - began
        self._done.append((title, seconds))
        self._print(f"{INDENT}✓ {seconds:.2f} s", style="green")

    def command(self, line: str) -> None:
        self._print(f"{INDENT}$ {line}", style="cyan")

    def note(self, text: str) -> None:
        self._print(INDENT + text)

    def left_out(self, title: str, *, how: str) -> None:
        """Say in one line which step is not played, and what would let it be."""
        self._print(f"\n{title}: left out here. To play it, too: {how}", style="bold")

    def document(self, value: Any) -> None:
        """Show a JSON value."""
        for line in json.dumps(value, indent=2, ensure_ascii=False).splitlines():
            self._print(INDENT + "  " + line, style="dim")

    def failed(self, reason: str, *, log_tail: str) -> None:
        """Say which step failed, why, and what the server had to say."""
        self._print(f"\n✗ Step {self._current} failed.", style="bold red")
        for line in reason.splitlines():
            self._print(INDENT + line)
        self._print("\nThe end of the server's log:", style="bold")
        self._print(log_tail or "(it wrote nothing)", style="dim")

    def summary(self) -> None:
        """Say that all went well, and how long each step took."""
        self._print("\nThe founding story, from sign-up to a tool:", style="bold")
        width = max((len(title) for title, _ in self._done), default=0)
        for number, (title, seconds) in enumerate(self._done, start=1):
            self._print(f"  {number:>2}. {title:<{width}} {seconds:6.2f} s")
        self._print(
            f"All {len(self._done)} steps as expected in {self._clock.monotonic() - self._began:.1f} s.", "green"
        )

    def _print(self, text: str, style: str = "") -> None:
        self._console.print(text, style=style, soft_wrap=True)
