"""Which values are in a sample: always the same, on every machine, and all of a smaller one are in a larger one.

As in Segment's `sample_event`: the MD5 of the value's JSON, whose first bytes say where it lies between 0 and 1.
"""

import hashlib
from typing import Any

from headwater.mapping.fql import fields, values
from headwater.mapping.fql.filter_actions import Sample
from headwater.mapping.fql.undecided import UndecidableError

MESSAGE_ID = "messageId"
DIGEST_BYTES = 8


def is_in(sample: Sample, event: dict[str, Any]) -> bool:
    """Tell whether `event` is one of the sample. Raises UndecidableError when what is at its path has no JSON."""
    if sample.percent in (0, 1):
        return sample.percent == 1
    keys = tuple((sample.path or MESSAGE_ID).split("."))
    return _place_of(fields.reader(keys)(event)) < sample.percent


def _place_of(value: Any) -> float:
    """Return where a value lies between 0 and 1. Not a secret: whoever chooses ids can choose to be in the sample."""
    try:
        text = values.text_of(value)
    except RecursionError:
        raise UndecidableError("the value to sample by is nested too deeply") from None
    digest = hashlib.md5(text.encode(errors="surrogatepass"), usedforsecurity=False).digest()
    return int.from_bytes(digest[:DIGEST_BYTES]) / 2.0 ** (8 * DIGEST_BYTES)
