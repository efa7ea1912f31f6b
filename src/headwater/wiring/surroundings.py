"""What a server runs in: its time, its way out, and what its files are written with.

A server's are real. The emulator's (`wiring/emulation.py`) can be told to stand still, to keep what would leave, and to
refuse; everything between them is the same.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

from litestar import Router

from headwater.core.clock import Clock, SystemClock
from headwater.log.sqlite_writer import SqliteLogWriter
from headwater.store.database import Database
from headwater.wiring.way_out import WayOut, straight_out


def as_written(identity_config: dict[str, Any]) -> dict[str, Any]:
    """Return `identity_config`: what a project is told to do it does."""
    return identity_config


@dataclass(frozen=True, slots=True, kw_only=True)
class Surroundings:
    """`adapted` is what projects live by, given what stands in their identity-config. `routers` come on top.

    `shows_mail`: operators may read every message, whichever way it left.
    """

    clock: Clock = field(default_factory=SystemClock)
    way_out: WayOut = straight_out
    database: Callable[[str], Database] = Database
    log: Callable[..., SqliteLogWriter] = SqliteLogWriter
    routers: Sequence[Router] = ()
    adapted: Callable[[dict[str, Any]], dict[str, Any]] = as_written
    shows_mail: bool = False
