"""What is set of a PostgreSQL warehouse: an address, as whom, and how TLS is to be. Pure."""

from collections.abc import Callable, Mapping
from typing import Any
from urllib.parse import quote, unquote, urlsplit

import msgspec

from headwater.core.errors import BadRequestError
from headwater.workspace import references

HIDDEN = "***"
DEFAULT_PORT = 5432
DEFAULT_TIMEOUT_SECONDS = 600.0
LEAST_SECONDS, MOST_SECONDS = 1.0, 86_400.0
SCHEMES = ("postgresql", "postgres")
VERIFY, OFF = "verify", "off"
MAX_PREFIX = 20
EXAMPLE = "postgresql://user:password@host:5432/database"


class BadWarehouseSettingsError(BadRequestError):
    """A warehouse's settings don't fit."""

    code = "bad_warehouse_settings"


class PostgresSettings(msgspec.Struct, frozen=True, kw_only=True):
    """`url` is without its password. `prefix` is put before the name of each schema."""

    url: str
    password: str
    tls: str = VERIFY
    certificate: str = ""
    prefix: str = ""
    timeout_seconds: float = DEFAULT_TIMEOUT_SECONDS

    def __repr__(self) -> str:
        return f"PostgresSettings({self.url})"

    @property
    def host(self) -> str:
        return urlsplit(self.url).hostname or ""

    @property
    def port(self) -> int:
        return urlsplit(self.url).port or DEFAULT_PORT

    @property
    def user(self) -> str:
        return unquote(urlsplit(self.url).username or "")

    @property
    def database(self) -> str:
        return unquote(urlsplit(self.url).path.removeprefix("/"))


KEYS = PostgresSettings.__struct_fields__


def checked(wanted: Mapping[str, Any], before: Mapping[str, Any] | None = None) -> dict[str, Any]:
    """Return settings as they are kept: what is `wanted`, over `before`; None takes one away.

    A password that is kept goes to the server that it went to. Raises BadWarehouseSettingsError.
    """
    if unknown := sorted(wanted.keys() - set(KEYS)):
        raise BadWarehouseSettingsError(f"postgres has no setting {unknown[0]!r}; it has {', '.join(KEYS)}.")
    given = {name: value for name, value in wanted.items() if value != HIDDEN}
    if isinstance(given.get("url"), str):
        given["url"], password = _parted(given["url"])
        given |= {"password": password} if password else {}
    both = {**(before or {}), **given}
    both = {name: value for name, value in both.items() if value is not None}
    if before and both.get("password") and "password" not in given and _server(both) != _server(before):
        raise BadWarehouseSettingsError("The password is kept for another server. Write it anew: --set password=….")
    settings = read(both)
    _check(settings)
    return {name: getattr(settings, name) for name in both}


def read(kept: Mapping[str, Any]) -> PostgresSettings:
    """Return kept settings as what they are. Raises BadWarehouseSettingsError."""
    try:
        return msgspec.convert(dict(kept), PostgresSettings, strict=False)
    except msgspec.ValidationError as error:
        if "required field `url`" in str(error):
            raise BadWarehouseSettingsError(f"Say where it is: --set url={EXAMPLE}.") from None
        if "required field `password`" in str(error):
            raise BadWarehouseSettingsError("It needs a password: in the url, or --set password=env:NAME.") from None
        raise BadWarehouseSettingsError(f"The settings of postgres don't fit: {error}.") from None


def shown(kept: Mapping[str, Any]) -> dict[str, Any]:
    """Return settings as anybody may see them."""
    return {
        name: HIDDEN if name == "password" and not references.is_reference(str(value)) else value
        for name, value in kept.items()
    }


def opened(kept: Mapping[str, Any], *, read_secret: Callable[[str], str]) -> dict[str, Any]:
    """Return settings with a password that they only name as it is. Raises what `read_secret` raises."""
    password = str(kept["password"])
    return {**kept, "password": read_secret(password) if references.is_reference(password) else password}


def _parted(url: str) -> tuple[str, str]:
    """Return a URL without its password, and that."""
    try:
        parts = urlsplit(url)
        port = f":{parts.port}" if parts.port else ""
        host = parts.hostname or ""
    except ValueError:
        raise BadWarehouseSettingsError(f"That url is none, such as {EXAMPLE}.") from None
    if parts.scheme not in SCHEMES or not host or parts.query or parts.fragment or "," in host:
        raise BadWarehouseSettingsError(f"The url is {EXAMPLE}: one host, and nothing behind the database.")
    where = f"[{host}]" if ":" in host else host
    user = f"{quote(unquote(parts.username), safe='')}@" if parts.username else ""
    password = unquote(parts.password or "")
    return f"postgresql://{user}{where}{port}{parts.path}", "" if password == HIDDEN else password


def _server(settings: Mapping[str, Any]) -> tuple[str | None, int, Any, Any]:
    parts = urlsplit(str(settings["url"]))
    return parts.hostname, parts.port or DEFAULT_PORT, settings.get("tls", VERIFY), settings.get("certificate", "")


def _check(settings: PostgresSettings) -> None:
    if not settings.user or not settings.database:
        raise BadWarehouseSettingsError(f"The url names a user and a database: {EXAMPLE}.")
    if settings.tls not in (VERIFY, OFF):
        raise BadWarehouseSettingsError(f"tls is {VERIFY}, or {OFF} for a server in your own network that has none.")
    if len(settings.prefix) > MAX_PREFIX or "\x00" in settings.prefix:
        raise BadWarehouseSettingsError(f"prefix has {MAX_PREFIX} characters at most.")
    if not LEAST_SECONDS <= settings.timeout_seconds <= MOST_SECONDS:
        raise BadWarehouseSettingsError(f"timeout_seconds is from {LEAST_SECONDS:g} to {MOST_SECONDS:g}.")
