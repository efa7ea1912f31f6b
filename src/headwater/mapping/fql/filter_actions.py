"""What a filter does to the events it is about, in the form in which Segment's Public API writes it."""

from typing import Annotated, Any

import msgspec

from headwater.core.errors import HeadwaterError

# {"properties": ["email"], "context.traits": ["phone"], "": ["userId"]}: where, and which fields there. "" is the
# event itself. Where a list stands, the fields of each object in it.
Fields = dict[str, list[str]]
Share = Annotated[float, msgspec.Meta(ge=0, le=1)]


class BadFilterError(HeadwaterError):
    """The filter can't be used as it is."""

    code = "bad_filter"
    status = 400


class Drop(msgspec.Struct, frozen=True, tag="DROP"):
    """The event goes no further."""


class Sample(msgspec.Struct, frozen=True, tag="SAMPLE"):
    """Only a share of the events goes on: `percent` (0 to 1, as Segment names it) of the values at `path`.

    Without a path it is the message id that decides: one event is always answered alike.
    """

    percent: Share
    path: str = ""


class DropProperties(msgspec.Struct, frozen=True, tag="DROP_PROPERTIES"):
    """These fields are taken out."""

    fields: Fields


class AllowProperties(msgspec.Struct, frozen=True, tag="ALLOW_PROPERTIES"):
    """Of the objects named, only these fields stay; what isn't named isn't touched."""

    fields: Fields


Action = Sample | Drop | DropProperties | AllowProperties
IN_ORDER = (Sample, Drop, DropProperties, AllowProperties)


def read(document: Any) -> Action:
    """Return the action that a JSON object describes. Raises BadFilterError."""
    try:
        action: Action = msgspec.convert(document, Action)
    except msgspec.ValidationError as error:
        raise BadFilterError(f"The filter's action can't be read: {error}.") from None
    return action


def fields_of(*paths: str) -> Fields:
    """Return the fields at `paths`, as people write them: `properties.products.price`, `userId`."""
    fields: Fields = {}
    for path in paths:
        parent, _, name = path.rpartition(".")
        fields.setdefault(parent, []).append(name)
    return fields
