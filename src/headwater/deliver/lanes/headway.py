"""How far a lane is in the log: what it has read, what of that is settled, and what of that is saved. Pure."""

from headwater.core.event import Stored
from headwater.deliver.cursor import WINDOW, Cursor
from headwater.deliver.route import Route

# Progress without a row (other sources' events) is saved only now and then: repeating it costs next to nothing.
SAVE_SKIPPED_EVERY = 16 * WINDOW


class Headway:
    """One lane's."""

    def __init__(self, route: Route) -> None:
        self._route = route
        self._first_unsaved: int | None = None  # the first event of ours that a crash would repeat
        self.restore(Cursor(route.start_offset))

    def restore(self, cursor: Cursor) -> None:
        """Go on from what was saved."""
        self.cursor = cursor
        self.position = self.saved = cursor.watermark

    @property
    def is_read_to_its_end(self) -> bool:
        """Whether there is an end to what is delivered, and it has been read up to there."""
        return self._route.end_offset is not None and self.position >= self._route.end_offset

    @property
    def is_saved_to_its_end(self) -> bool:
        return self._route.end_offset is not None and self.saved >= self._route.end_offset

    @property
    def is_worth_saving(self) -> bool:
        """Whether it is time to save progress that has no row of its own."""
        skipped = self.cursor.watermark - self.saved
        return skipped >= SAVE_SKIPPED_EVERY or (skipped > 0 and self.is_read_to_its_end)

    @property
    def room(self) -> int:
        """How many records may be read beyond what is saved."""
        unsaved = 0 if self._first_unsaved is None else self.position - self._first_unsaved + 1
        return WINDOW - unsaved

    def come_to(self, stored: Stored) -> bool:
        """Go on to a record, past what lies between, and tell whether it is to be delivered."""
        self.pass_over(stored.offset - 1)
        self.position = stored.offset
        if self.cursor.is_settled(stored.offset):  # before a restart
            return False
        if not self._route.is_ours(stored):
            self.cursor.settle(stored.offset)
            return False
        if self._first_unsaved is None:
            self._first_unsaved = stored.offset
        return True

    def pass_over(self, offset: int) -> None:
        """Settle what lies between: other sources' events, and what retention or an erasure has taken."""
        if offset > self.position:
            self.cursor.settle(self.position + 1, offset)
            self.position = offset

    def note_saved(self, watermark: int) -> None:
        """Everything up to there will not be read again."""
        self.saved = watermark
        self._first_unsaved = None if watermark >= self.position else watermark + 1
