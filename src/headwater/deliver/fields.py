"""A destination's settings as data: what each is, and whether what somebody gave fits. Pure."""

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from typing import Any, Literal
from urllib.parse import urlsplit

from headwater.core.errors import BadRequestError
from headwater.deliver import proxy_setting
from headwater.net import proxies
from headwater.workspace import references

FieldType = Literal["text", "url", "proxy", "number", "boolean", "object", "choice"]
Settings = Mapping[str, Any]

EXPECTED: dict[FieldType, str] = {
    "text": "a text",
    "url": "an absolute http or https URL",
    "proxy": proxies.FORM,
    "number": "a number",
    "boolean": "true or false",
    "object": "a JSON object of texts",
    "choice": "one of the listed values",
}
MAX_SHOWN_CHARS = 60
# What a private value is called instead of being shown.
JSON_WORDS: dict[type, str] = {
    str: "another text",
    bool: "a boolean",
    int: "a number",
    dict: "an object",
    list: "a list",
}


class BadDestinationSettingsError(BadRequestError):
    """A destination's settings don't fit its kind."""

    code = "bad_settings"


@dataclass(frozen=True, slots=True, kw_only=True)
class Field:
    """One setting, as the CLI validates it, the API publishes it and forms show it.

    `is_address`: with another value secrets would go to somebody else, as they would with another URL.
    """

    name: str
    label: str
    help: str
    type: FieldType = "text"
    required: bool = False
    secret: bool = False
    default: Any = None
    choices: tuple[str, ...] = ()
    least: float | None = None
    most: float | None = None
    is_address: bool = False


BATCH_SECONDS = Field(
    name="batch_seconds",
    label="Batch wait (seconds)",
    help="How long a batch that isn't full waits for more events, in seconds.",
    type="number",
    default=1,
    least=0,
    most=60,
)


def timeout_seconds(*, what: str = "an answer", default: int = 10, most: int = 60) -> Field:
    """Return the setting for how long a request may take."""
    return Field(
        name="timeout_seconds",
        label="Time-out (seconds)",
        help=f"How long {what} may take, in seconds.",
        type="number",
        default=default,
        least=1,
        most=most,
    )


def check(fields: Sequence[Field], settings: Settings, *, whose: str) -> dict[str, Any]:
    """Return `settings` with defaults filled in and texts (as a command line gives them) turned into values.

    Raises BadDestinationSettingsError, naming the field of `whose`, what was found and what is allowed. A secret's
    value is never repeated.
    """
    by_name = {known.name: known for known in fields}
    for name in settings:
        if name not in by_name:
            raise BadDestinationSettingsError(_unknown(whose, name, tuple(by_name)), field=name)
    checked = {name: _check(whose, known, settings.get(name)) for name, known in by_name.items()}
    return {name: value for name, value in checked.items() if value is not None}


def _unknown(whose: str, name: str, known: tuple[str, ...]) -> str:
    close = get_close_matches(name, known, n=1)
    hint = f" Did you mean `{close[0]}`?" if close else ""
    return f"`{name}` is not a setting of {whose}.{hint} Its settings are: {', '.join(known)}."


def _check(whose: str, known: Field, value: Any) -> Any:
    if value is None or (value == "" and known.required):
        if known.required:
            raise BadDestinationSettingsError(
                f"{whose} needs the setting `{known.name}`: {known.help}", field=known.name
            )
        return known.default
    try:
        return _READERS[known.type](known, value)
    except ValueError as error:
        raise BadDestinationSettingsError(_complaint(whose, known, value), field=known.name) from error


def _complaint(whose: str, known: Field, value: Any) -> str:
    # What is wrong with a secret is said without the secret; a URL and headers may carry one too.
    is_private = known.secret or known.type in ("url", "proxy", "object")
    found = JSON_WORDS.get(type(value), "something else") if is_private else repr(value)[:MAX_SHOWN_CHARS]
    expected = ", ".join(known.choices) if known.choices else EXPECTED[known.type]
    if known.least is not None and known.most is not None:
        expected = f"{expected} from {known.least:g} to {known.most:g}"
    return f"The setting `{known.name}` of {whose} must be {expected}; found {found}."


def _text(_field: Field, value: Any) -> str:
    if not isinstance(value, str):
        raise ValueError(value)  # noqa: TRY004  every reader says "doesn't fit" in one way
    return value


def _url(known: Field, value: Any) -> str:
    text = _text(known, value)
    if known.secret and references.is_reference(text):
        return text  # read, and judged by the sender, when it is used
    parts = urlsplit(text)
    if parts.scheme not in ("http", "https") or not parts.hostname or any(c.isspace() for c in text):
        raise ValueError(value)
    return text


def _proxy(known: Field, value: Any) -> str:
    text = _text(known, value)
    proxy_setting.check(text)
    return text


def _number(known: Field, value: Any) -> float | int:
    number = json.loads(value) if isinstance(value, str) else value
    if isinstance(number, bool) or not isinstance(number, int | float):
        raise ValueError(value)  # noqa: TRY004  as above
    if (known.least is not None and number < known.least) or (known.most is not None and number > known.most):
        raise ValueError(value)
    return number


def _boolean(_field: Field, value: Any) -> bool:
    flag = json.loads(value) if isinstance(value, str) else value
    if not isinstance(flag, bool):
        raise ValueError(value)  # noqa: TRY004  as above
    return flag


def _object(_field: Field, value: Any) -> dict[str, str]:
    found = json.loads(value) if isinstance(value, str) else value
    if not isinstance(found, dict) or not all(isinstance(item, str) for item in found.values()):
        raise ValueError(value)
    return found


def _choice(known: Field, value: Any) -> str:
    if value not in known.choices:
        raise ValueError(value)
    return str(value)


_READERS: dict[FieldType, Callable[[Field, Any], Any]] = {
    "text": _text,
    "url": _url,
    "proxy": _proxy,
    "number": _number,
    "boolean": _boolean,
    "object": _object,
    "choice": _choice,
}
