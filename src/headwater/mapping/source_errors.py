"""What is wrong with the place where Jsonnet should come from. Texts read on from the name of that place."""

from headwater.core.errors import HeadwaterError

KIB = 1024
MOST_BYTES = 256 * KIB


class SourceError(HeadwaterError):
    """What should be Jsonnet can't be read."""

    code = "jsonnet_unreadable"


def too_large() -> SourceError:
    return SourceError(f"is larger than {MOST_BYTES // KIB} KiB, which is the most that is read")
