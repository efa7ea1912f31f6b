"""What goes wrong between a test and its emulator. What a test expected and didn't get is an AssertionError."""

from typing import Any

from headwater.core.errors import HeadwaterError


class EmulatorGoneError(HeadwaterError):
    """The emulator doesn't answer."""

    code = "emulator_gone"


class NotSettledError(HeadwaterError):
    """What was acked is not yet processed."""

    code = "emulator_not_settled"


class SnapshotPlaceError(HeadwaterError):
    """A snapshot is a file beside a test: take it by the fixture `headwater`, or say where with `folder=`."""

    code = "no_place_for_snapshots"


class RefusedError(HeadwaterError):
    """The emulator refused a request. `answered` is the status, `document` what came with it."""

    code = "emulator_refused"

    def __init__(self, message: str, *, answered: int, document: Any) -> None:
        super().__init__(message)
        self.answered = answered
        self.document = document
