"""What is known of a tool in another process: its paths, and what it says of what it took."""

import msgspec

ADDRESS = "127.0.0.1"
WELL, FAILING, HANGING, SLOW = "/well", "/failing", "/hanging", "/slow"
TAKEN = "/taken"
SECONDS_OF_ONE = 1.0


class Taken(msgspec.Struct):
    """How many calls came under a path, when the first and the last, and how long after their event was sent."""

    count: int = 0
    first: float = 0.0
    last: float = 0.0
    lags: list[float] = msgspec.field(default_factory=list)
    last_body: str = ""

    @property
    def per_second(self) -> float:
        return (self.count - 1) / (self.last - self.first)
