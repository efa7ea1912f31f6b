"""What the parts of a lane wake each other by, so that nothing polls."""

import asyncio


class Signals:
    """One lane's. Whoever waits for one clears it first and then looks, so that none is missed."""

    def __init__(self) -> None:
        self.feed = asyncio.Event()  # something changed that may let more work in
        self.ready = asyncio.Event()  # there may be a job to take
        self.unsaved = asyncio.Event()  # something settled
        self.stopping = asyncio.Event()

    @property
    def is_stopping(self) -> bool:
        return self.stopping.is_set()

    def stop(self) -> None:
        """Let everyone who waits for work see that there will be none."""
        self.stopping.set()
        self.feed.set()
        self.ready.set()
