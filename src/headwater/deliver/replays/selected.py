"""Which events a replay is about: its selection, made ready to be asked of any number of records. Pure."""

from typing import Any

import msgspec

from headwater.core.event import Record
from headwater.deliver import decide
from headwater.mapping.fql import expressions
from headwater.workspace.configuration import Destination, Selection

_decoder = msgspec.json.Decoder(dict[str, Any])


class Selected:
    """The events of one destination that `selection` names. Raises BadFqlError where its filter is none.

    Whatever a destination was not to get when it came (it was off, not connected, not there yet) is among them.
    """

    def __init__(self, selection: Selection, destination: Destination) -> None:
        self._selection = selection
        self._destination = destination
        self._users = frozenset(selection.users)
        self._filter = expressions.parse(selection.filter) if selection.filter else None
        feeds = frozenset(destination.feeds)
        self.sources = feeds & frozenset(selection.sources) if selection.sources else feeds

    def has(self, record: Record) -> bool:
        """Tell whether this event is one of them."""
        return (
            self._selection.since_ms <= record.received_at_ms < self._selection.until_ms
            and record.source in self.sources
            and (not self._users or record.user_id in self._users)
            and decide.is_for(record, destination=self._destination)
            and self._matches(record)
        )

    def _matches(self, record: Record) -> bool:
        """Ask the filter. What it can't decide about is not sent: somebody may have meant to keep it back."""
        if self._filter is None:
            return True
        try:
            event = _decoder.decode(record.body)
        except msgspec.DecodeError:
            return False
        return self._filter.evaluate(event) is True
