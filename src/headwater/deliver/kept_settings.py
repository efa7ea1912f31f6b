"""A destination's settings as they may be shown, and back: what is shown, written back, keeps its value.

A secret that is kept goes where it went before: with another address it has to be written anew, so that who may
change a destination can't have its secrets sent to themselves. Pure.
"""

from collections.abc import Callable
from typing import Any
from urllib.parse import quote, quote_plus, urlsplit

import msgspec

from headwater.deliver import exchange, proxy_setting
from headwater.deliver.destination import BadDestinationSettingsError, Field, Kind, Settings
from headwater.workspace import references
from headwater.workspace.references import UnreadableReferenceError

HIDDEN = "***"
URL, PROXY = "url", "proxy"

# Gives the secret that a reference names; raises UnreadableReferenceError.
Read = Callable[[str], str]


def shown(kind: Kind | None, settings: Settings) -> dict[str, Any]:
    """Return the settings without their secrets. Of a kind that isn't there (any more) each may be one."""
    fields = {field.name: field for field in kind.form} if kind else {}
    return {name: _shown(fields.get(name), value) for name, value in settings.items()}


def merged(kind: Kind, before: Settings, change: Settings) -> dict[str, Any]:
    """Return all of `before` but what `change` says otherwise; None takes a setting away."""
    both = {**shown(kind, before), **change}
    return kept(kind, before, {name: value for name, value in both.items() if value is not None})


def kept(kind: Kind, before: Settings, wanted: Settings) -> dict[str, Any]:
    """Return `wanted`, with the values of `before` where it only shows them.

    Raises BadDestinationSettingsError where there is no such value, or where it would go to another address.
    """
    fields = {field.name: field for field in kind.form}
    found = {name: _kept(fields.get(name), name, value, before) for name, value in wanted.items()}
    resent = [name for name, value in wanted.items() if value == HIDDEN and before.get(name)]
    if resent and _is_sent_elsewhere(kind, before, found):
        raise BadDestinationSettingsError(
            f"The setting `{resent[0]}` of {kind.name} is kept for another address, and is not sent to this one. "
            "Write the value itself.",
            field=resent[0],
        )
    kept_all = [name for name in found if name != PROXY and found[name] == before.get(name) != wanted[name]]
    if kept_all and _is_read_by_another_proxy(kind, before, found):
        raise BadDestinationSettingsError(
            f"The setting `{kept_all[0]}` of {kind.name} would go through another `proxy`, which can read what is "
            "sent to an http:// URL. Write the value itself, or use https://.",
            field=kept_all[0],
        )
    return found


def secrets_in(kind: Kind, settings: Settings) -> frozenset[str]:
    """Return the texts in the settings that nobody may be shown, in each form in which a body or an answer has them."""
    secret = [settings.get(field.name) for field in kind.fields if field.secret]
    texts: list[Any] = [text for value in secret for text in (value.values() if isinstance(value, dict) else [value])]
    forms = {form for text in texts if isinstance(text, str) and text for form in _forms(text)}
    proxies = [settings[field.name] for field in kind.form if field.type == PROXY and field.name in settings]
    return frozenset(forms.union(*(proxy_setting.secrets_in(proxy) for proxy in proxies)))


def _forms(text: str) -> set[str]:
    """Return a text as it is, as JSON has it, and as a form or a query has it."""
    return {text, msgspec.json.encode(text).decode()[1:-1], quote(text, safe=""), quote_plus(text)}


def _shown(field: Field | None, value: Any) -> Any:
    if field is None or field.secret:
        return HIDDEN if value and not _only_names(value) else value
    if field.type == PROXY:
        return proxy_setting.shown(value)
    return exchange.without_secrets(value) if field.type == URL else value


def opened(kind: Kind, settings: Settings, *, read: Read) -> dict[str, Any]:
    """Return the settings with each secret that is only named (`env:NAME`, `file:PATH`) as `read` gives it.

    Raises BadDestinationSettingsError, which names the setting.
    """
    secret = {field.name for field in kind.form if field.secret or field.type == PROXY}
    found = {name: _opened(name, value, read) if name in secret else value for name, value in settings.items()}
    if not kind.no_proxy and found.get(PROXY) != settings.get(PROXY):
        _check_read_proxy(found[PROXY])
    return found


def _check_read_proxy(text: str) -> None:
    try:
        proxy_setting.check_read(text)
    except ValueError as error:
        raise BadDestinationSettingsError(f"The setting `{PROXY}` names something else: {error}", field=PROXY) from None


def _opened(name: str, value: Any, read: Read) -> Any:
    if isinstance(value, dict):
        return {key: _opened(name, text, read) for key, text in value.items()}
    if not isinstance(value, str) or not references.is_reference(value):
        return value
    try:
        return read(value)
    except UnreadableReferenceError as error:
        message = f"The setting `{name}` needs a secret that can't be read: {error.message}."
        raise BadDestinationSettingsError(message, field=name) from None


def _only_names(value: Any) -> bool:
    """Tell whether a setting only names its secrets: then it is none itself."""
    texts = list(value.values()) if isinstance(value, dict) else [value]
    return all(isinstance(text, str) and references.is_reference(text) for text in texts)


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
    if field.type == PROXY:
        return _kept_proxy(name, value, before)
    if field.type == URL and name in before and value == exchange.without_secrets(str(before[name])):
        return before[name]
    return value


def _kept_proxy(name: str, value: Any, before: Settings) -> Any:
    if name in before and value == proxy_setting.shown(before[name]):
        return before[name]
    if isinstance(value, str) and proxy_setting.only_shows(value):
        raise BadDestinationSettingsError(
            f"The {HIDDEN} in the setting `{name}` stands for what is kept for that very proxy, and this is another. "
            "Write its user and password.",
            field=name,
        )
    return value


def _is_read_by_another_proxy(kind: Kind, before: Settings, after: Settings) -> bool:
    """Tell whether a new proxy sees all that is sent. Of what goes to https it sees the host, and no more."""
    if after.get(PROXY) in (None, before.get(PROXY)):
        return False
    urls = [field.name for field in kind.fields if field.type == URL and field.name in after]
    return any(_origin(str(after[name]))[0] != "https" for name in urls)


def _is_sent_elsewhere(kind: Kind, before: Settings, after: Settings) -> bool:
    """Tell whether an address is another one. One that is left out is the kind's own, or missing: nobody chose it."""
    for field in kind.fields:
        if field.is_address and str(before.get(field.name, field.default)) != str(after.get(field.name, field.default)):
            return True
    urls = [field.name for field in kind.fields if field.type == URL and field.name in after]
    return any(_origin(str(before.get(name, ""))) != _origin(str(after[name])) for name in urls)


def _origin(url: str) -> tuple[str, str | None, int | None]:
    try:
        parts = urlsplit(url)
        return parts.scheme, parts.hostname, parts.port
    except ValueError:
        return url, None, None
