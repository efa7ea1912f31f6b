"""Which events somebody wants to see: by type, name, person, or any text in them. Pure."""

import msgspec

from headwater.core.event import Record
from headwater.live.sightings import NAMED_BY


class _Named(msgspec.Struct):
    event: object = None
    name: object = None


_named = msgspec.json.Decoder(_Named)


class Wish(msgspec.Struct, frozen=True, kw_only=True):
    """What is not set fits all. `user` is a userId or an anonymousId; `name` and `text` are looked for in any case."""

    type: str | None = None
    name: str | None = None
    user: str | None = None
    text: str | None = None

    @property
    def marks(self) -> list[bytes]:
        """Bytes that every record it fits has in it."""
        return [] if self.user is None else [self.user.encode(errors="replace")]

    def fits(self, record: Record) -> bool:
        """Tell whether a record is wanted; what costs least is looked at first."""
        return (
            self.type in (None, record.type)
            and self.user in (None, record.user_id, record.anonymous_id)
            and (self.text is None or self.text.casefold() in record.body.decode(errors="replace").casefold())
            and (self.name is None or self.name.casefold() in (name_of(record) or "").casefold())
        )


def name_of(record: Record) -> str | None:
    """Return the event's own name, if its call has one and it can be read."""
    field = NAMED_BY.get(record.type)
    if field is None:
        return None
    try:
        name = getattr(_named.decode(record.body), field)
    except (msgspec.DecodeError, RecursionError):
        return None
    return name if isinstance(name, str) else None
