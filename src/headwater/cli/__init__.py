"""The `headwater` command. A client of the HTTP API, like any other: it never opens the database itself."""

import sys

try:
    from headwater.cli.app import main
except KeyboardInterrupt:  # Ctrl-C while all of it is still being read
    sys.stderr.write("headwater: Interrupted.\n")
    sys.exit(130)

__all__ = ["main"]
