"""The flags of `patch identity-config` and `patch project`, which have the same grammar."""

from typing import Annotated

from cyclopts import Parameter

Files = Annotated[
    tuple[str, ...],
    Parameter(
        name=("--file", "-f"),
        negative="",
        allow_leading_hyphen=True,  # a lone - is stdin
        show_default=False,
        help="A JSON Patch, as JSON or YAML: a path, file://, http(s)://, base64:// or -; repeatable, comes first.",
    ),
]
Adds = Annotated[
    tuple[str, ...], Parameter(negative="", show_default=False, help="'/path=JSON', inserted there; repeatable.")
]
Replaces = Annotated[
    tuple[str, ...],
    Parameter(negative="", show_default=False, help="'/path=JSON', instead of what is there; repeatable."),
]
Removes = Annotated[tuple[str, ...], Parameter(negative="", show_default=False, help="/path, taken away; repeatable.")]
