"""How many flows were begun and submitted since the server started. In memory, for a glance only."""

from collections import Counter
from dataclasses import dataclass, field

TAKEN, REFUSED = "taken", "refused"


@dataclass(frozen=True, slots=True)
class FlowCounts:
    """One per server: all projects' together. Begun by kind and type, submitted by kind and what came of it."""

    begun: Counter[tuple[str, str]] = field(default_factory=Counter)
    submitted: Counter[tuple[str, str]] = field(default_factory=Counter)
