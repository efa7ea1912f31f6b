"""Where secrets stand in an identity-config, and whom each one is sent to. The one list of such places; pure.

They are hooks' and channels' auth values, signing keys and credential headers, what is secret by its name
(`client_secret`, the courier's `connection_uri`, a database's `dsn`), captchas' and TLS keys, and all below `secrets`.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any
from urllib.parse import urlsplit

import msgspec

from headwater.net import hop

AUTH_KEYS = frozenset({"user", "password", "value"})
NAMES = frozenset({"jwks_url", "client_secret", "connection_uri", "apple_private_key", "dsn"})

SECRETS = "secrets"

# What these objects hold is sent to their `url`; no other object's url means anything.
SENT_TO_URL = frozenset({"config", "request_config"})
PROVIDERS = "providers"
PROVIDER_ADDRESSES = ("issuer_url", "token_url")


class SecretPlace(msgspec.Struct, frozen=True, kw_only=True):
    """One value that is a secret. `path` is its JSON pointer, `name` the key it stands under.

    `receiver` is where it goes: an address, a provider, or, for what is sent nowhere, the place itself. A `value`
    that is no text can't be kept as a secret.
    """

    path: str
    name: str
    receiver: str
    value: Any
    write: Callable[[str], None]


class _Object(msgspec.Struct, frozen=True, kw_only=True):
    members: dict[str, Any]
    keys: tuple[str, ...]
    path: str


def every(document: dict[str, Any]) -> list[SecretPlace]:
    """Return all places of `document` that hold a value, each once. `write` changes the document itself."""
    found: dict[str, SecretPlace] = {}
    for one in _objects(document, keys=(), path=""):
        for place in _of_object(one):
            found.setdefault(place.path, place)
    return list(found.values())


def _objects(value: Any, *, keys: tuple[str, ...], path: str) -> Iterator[_Object]:
    if isinstance(value, list):
        for number, item in enumerate(value):
            yield from _objects(item, keys=keys, path=f"{path}/{number}")
    if isinstance(value, dict):
        yield _Object(members=value, keys=keys, path=path)
        for key, item in value.items():
            yield from _objects(item, keys=(*keys, key), path=_below(path, key))


def _of_object(one: _Object) -> Iterator[SecretPlace]:
    for steps in _secret_members(one.members):
        holder = one.members
        for step in steps[:-1]:
            holder = holder[step]
        path = one.path
        for step in steps:
            path = _below(path, step)
        yield from _values(holder, steps[-1], name=steps[-1], path=path, receiver=_receiver(one, steps))


def _secret_members(members: Mapping[str, Any]) -> Iterator[tuple[str, ...]]:
    """Yield the way from an object to each of its secrets."""
    yield from ((key,) for key in members if key in NAMES or key == SECRETS)
    match members:
        case {"cf_turnstile": {"secret": _}}:
            yield ("cf_turnstile", "secret")
    match members:
        case {"tls": {"key": {"base64": _}}}:
            yield ("tls", "key", "base64")
    match members:
        case {"auth": {"config": dict(config)}}:
            yield from (("auth", "config", key) for key in config if key in AUTH_KEYS)
    match members:
        case {"signing": dict(signing)}:
            yield from (("signing", key) for key in signing if key == SECRETS)
    match members:
        case {"headers": dict(headers)}:
            yield from (("headers", name) for name in headers if hop.is_credential(name))


def _values(holder: Any, at: Any, *, name: str, path: str, receiver: str) -> Iterator[SecretPlace]:
    """Yield what is written at `holder[at]`, in lists however deep. Only `secrets` itself has secrets under keys."""
    value = holder[at]
    inner: Iterable[Any] = ()
    if isinstance(value, list):
        inner = range(len(value))
    elif isinstance(value, dict) and at == SECRETS:
        inner = value
    elif value is not None and not isinstance(value, bool):
        yield SecretPlace(
            path=path, name=name, receiver=receiver, value=value, write=lambda text: holder.__setitem__(at, text)
        )
    for step in inner:
        yield from _values(value, step, name=name, path=_below(path, str(step)), receiver=receiver)


def _receiver(one: _Object, steps: tuple[str, ...]) -> str:
    last = one.keys[-1] if one.keys else ""
    if last in SENT_TO_URL and isinstance(one.members.get("url"), str):
        return _origin(one.members["url"])
    if last == PROVIDERS:
        addresses = (_origin(one.members.get(key)) for key in PROVIDER_ADDRESSES)
        return " ".join(["provider", str(one.members.get("provider")), *addresses])
    return "/" + "/".join((*one.keys, *steps))


def _origin(url: Any) -> str:
    """Return scheme, host and port of a URL; what can't be read stands for itself."""
    try:
        parts = urlsplit(str(url))
        port = parts.port or {"http": 80, "https": 443}.get(parts.scheme, 0)
    except ValueError:
        return str(url)
    return f"{parts.scheme}://{parts.hostname}:{port}"


def _below(path: str, key: str) -> str:
    return f"{path}/{key.replace('~', '~0').replace('/', '~1')}"
