"""A destination's settings as they may be shown, and back: what is shown, written back, keeps its value.

A secret that is kept goes where it went before: with another address it has to be written anew, so that who may
change a destination can't have its secrets sent to themselves. Pure.
"""

from typing import Any
from urllib.parse import urlsplit

from headwater.deliver import exchange
from headwater.deliver.destination import BadDestinationSettingsError, Field, Kind, Settings

HIDDEN = "***"
URL = "url"


def shown(kind: Kind, settings: Settings) -> dict[str, Any]:
    """Return the settings without their secrets."""
    fields = {field.name: field for field in kind.fields}
    return {name: _shown(fields.get(name), value) for name, value in settings.items()}


def merged(kind: Kind, before: Settings, change: Settings) -> dict[str, Any]:
    """Return all of `before` but what `change` says otherwise; None takes a setting away."""
    both = {**shown(kind, before), **change}
    return kept(kind, before, {name: value for name, value in both.items() if value is not None})


def kept(kind: Kind, before: Settings, wanted: Settings) -> dict[str, Any]:
    """Return `wanted`, with the values of `before` where it only shows them.

    Raises BadDestinationSettingsError where there is no such value, or where it would go to another address.
    """
    fields = {field.name: field for field in kind.fields}
    found = {name: _kept(fields.get(name), name, value, before) for name, value in wanted.items()}
    resent = [name for name, value in wanted.items() if value == HIDDEN and before.get(name)]
    if resent and _receivers(kind, before) != _receivers(kind, found):
        raise BadDestinationSettingsError(
            f"The setting `{resent[0]}` of {kind.name} is kept for another address, and is not sent to this one. "
            "Write the value itself.",
            field=resent[0],
        )
    return found


def _shown(field: Field | None, value: Any) -> Any:
    if field is None or field.secret:
        return HIDDEN if value else value
    return exchange.without_secrets(value) if field.type == URL else value


def _kept(field: Field | None, name: str, value: Any, before: Settings) -> Any:
    if field is None:
        return value
    if field.secret and value == HIDDEN:
        if not before.get(name):
            raise BadDestinationSettingsError(
                f"The setting `{name}` is {HIDDEN}, which stands for the value that is there, and there is none. "
                "Write the value itself.",
                field=name,
            )
        return before[name]
    if field.type == URL and name in before and value == exchange.without_secrets(str(before[name])):
        return before[name]
    return value


def _receivers(kind: Kind, settings: Settings) -> list[tuple[str, str | None, int | None]]:
    return [_origin(str(settings.get(field.name, ""))) for field in kind.fields if field.type == URL]


def _origin(url: str) -> tuple[str, str | None, int | None]:
    try:
        parts = urlsplit(url)
        return parts.scheme, parts.hostname, parts.port
    except ValueError:
        return url, None, None
