"""For test suites: an emulator of Segment and Ory that a test starts, asks and puts back. See docs/emulator.md."""

from headwater.testing.configuring import Destination, Source
from headwater.testing.emulator import Emulator
from headwater.testing.errors import EmulatorGoneError, NotSettledError, RefusedError
from headwater.testing.matching import ABSENT
from headwater.testing.people import Person

__all__ = [
    "ABSENT",
    "Destination",
    "Emulator",
    "EmulatorGoneError",
    "NotSettledError",
    "Person",
    "RefusedError",
    "Source",
]
