"""What a contract of one kind says, so that one suite can hold every kind to it (`test_destination_contracts.py`)."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from contracts.destinations.vendor import Answer, Call, Judge

Event = dict[str, Any]


@dataclass(frozen=True, kw_only=True)
class Contract:
    """One kind, and its vendor's rules.

    - `settings`: what an operator fills in, secrets included.
    - `events`: an example for each supported call, by its name; more than one under names such as `track: purchase`.
      Their `messageId` is their name.
    - `judge`: checks a request as the vendor documents it (auth, content type, shape, limits) and answers it.
    - `ids_of`: the idempotency keys, or whatever shows which events a call carried; [] where the tool has none.
    - `hosts`: by the settings that choose a region, the host that must be called; one entry with {} where there is one.
    - `throttle`: the answer to too many requests, which must be waited out; `wait` the seconds it asks for.
    - `unauthorised`: the answer to a wrong key.
    - `partly`: given a call and the ids to refuse, the answer to a batch of which only those are wrong; None where the
      tool has no batches, or takes a batch whole or not at all. `takes_the_rest`: whether the others were taken then;
      where they weren't, they are to be sent again.
    - `sample`: an event of the kind that batches are made of, given its message id.
    - `deletion`: the answer to a deletion, and which user ids such a call names; None where people can't be deleted.
    """

    kind: str
    settings: Mapping[str, Any]
    events: Mapping[str, Event]
    judge: Judge
    ids_of: Callable[[Call], Sequence[str]]
    hosts: Sequence[tuple[Mapping[str, Any], str]]
    sample: Callable[[str], Event]
    throttle: Answer = field(default_factory=lambda: Answer(status=429, headers={"retry-after": "7"}))
    wait: float | None = 7.0
    unauthorised: Answer = field(default_factory=lambda: Answer(status=401))
    partly: Callable[[Call, frozenset[str]], Answer] | None = None
    takes_the_rest: bool = True
    deleted_ids_of: Callable[[Call], Sequence[str]] | None = None
    deletion: Answer = field(default_factory=Answer)


def event(name: str, /, **more: Any) -> Event:
    """Return an event of ada's: `type` is the first word of `name`, `messageId` the whole of it."""
    kind = name.split(":", maxsplit=1)[0]
    base: Event = {
        "type": kind,
        "messageId": name,
        "userId": "ada-1815",
        "anonymousId": "a7c3f0de-4a2b-4a3c-9d5e-0123456789ab",
        "timestamp": "2026-11-28T10:00:00.000Z",
        "originalTimestamp": "2026-11-28T10:00:00.000Z",
        "receivedAt": "2026-11-28T10:00:00.500Z",
        "context": {
            "ip": "203.0.113.7",
            "locale": "en-GB",
            "userAgent": "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 Chrome/126.0 Safari/537.36",
            "library": {"name": "analytics.js", "version": "2.1.0"},
            "page": {
                "url": "https://shop.example.com/engines?id=1",
                "path": "/engines",
                "referrer": "https://search.example.net/",
                "title": "Engines",
                "search": "?id=1",
            },
        },
    }
    return base | more
