"""What every command is given: the global flags, the environment, and how to print. Built once, by `app`."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, Any

from cyclopts import Parameter

from headwater.cli.output import TABLE, Output, View


@dataclass(frozen=True, slots=True, kw_only=True)
class Session:
    """One run of the command line."""

    environ: Mapping[str, str]
    data: str | None = None
    url: str | None = None
    key: str | None = None
    output: Output

    @property
    def overrides(self) -> dict[str, str]:
        """What the global flags say about settings."""
        return {} if self.data is None else {"data": self.data}

    @property
    def is_table(self) -> bool:
        """Whether what is shown is for people to look at, rather than for programs."""
        return self.output.is_table

    def show(self, document: Any, *, view: View, default: str = TABLE) -> None:
        """Print `document` as asked; `default` is the format when none was asked for."""
        text = self.output.render(document, view=view, default=default)
        if text:
            print(text)


# How a command asks for it: cyclopts leaves the parameter alone, `app` fills it in.
Here = Annotated[Session, Parameter(parse=False)]
