"""What a person typed and we can't use: exit code 2, and one line that says what to type instead."""

from headwater.core.errors import HeadwaterError


class UsageError(HeadwaterError):
    """The command line can't be used as it is. `headwater --help` shows what there is."""

    code = "bad_usage"
    status = 400
