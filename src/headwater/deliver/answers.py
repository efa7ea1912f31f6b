"""Reading what a tool answers. An answer that isn't JSON, or is other JSON than documented, is no reason to raise."""

from collections.abc import Iterable
from typing import Any

import msgspec

from headwater.net.outbound import Response

MAX_SHOWN_CHARS = 200


def json_object(response: Response) -> dict[str, Any]:
    """Return the object that the answer is; an empty one where it is something else."""
    found = json_value(response)
    return found if isinstance(found, dict) else {}


def json_value(response: Response) -> Any:
    """Return the JSON of the answer, None where it isn't any."""
    try:
        return msgspec.json.decode(response.body)
    except (msgspec.DecodeError, UnicodeDecodeError):
        return None


def words(value: Any) -> str:
    """Return the beginning of what a tool says, for a reason."""
    return str(value)[:MAX_SHOWN_CHARS] if value else ""


def indices(value: Any) -> Iterable[int]:
    """Return the whole numbers of a list, which point at the items of a batch."""
    if isinstance(value, list):
        yield from (one for one in value if isinstance(one, int) and not isinstance(one, bool))
