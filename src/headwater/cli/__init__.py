"""The `headwater` command. A client of the HTTP API, like any other: it never opens the database itself."""

from headwater.cli.app import main

__all__ = ["main"]
