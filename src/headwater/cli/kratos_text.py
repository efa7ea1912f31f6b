"""The text of a kratos.yml as a JSON document: read as safely as any configuration, since it may come from anywhere."""

from typing import Any

from headwater.cli import config_text
from headwater.cli.config_text import ConfigTextError
from headwater.core.errors import BadRequestError

MAX_BYTES = config_text.MAX_BYTES


class KratosFileError(BadRequestError):
    """This is no configuration of Kratos."""

    code = "bad_kratos_config"


def parse(content: bytes, *, name: str) -> dict[str, Any]:
    """Return the document in `content`, YAML or JSON. Raises KratosFileError, which begins with `name`."""
    try:
        document = config_text.parse(content, name=name)
    except ConfigTextError as error:
        raise KratosFileError(error.message) from error
    if not isinstance(document, dict):
        raise KratosFileError(f"{name} must hold keys and values, such as identity: and selfservice:.")
    return document
