"""Every setting of a server, as one frozen tree with help: the only reader of the environment.

The same table makes the command line's help, docs/settings.md (a test holds them together) and the checks.
"""

import ipaddress
import re
from collections.abc import Callable, Mapping
from datetime import timedelta
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import msgspec

from headwater.core import spans
from headwater.core.errors import SettingsError
from headwater.core.secrets import Secret
from headwater.lake.depot import place
from headwater.lake.depot.place import Place
from headwater.workspace import references

PREFIX = "HEADWATER_"

# The CLI's own variables: where a client command finds its server.
CLIENT_VARIABLES = frozenset({"HEADWATER_URL", "HEADWATER_KEY"})

# Names that are settled but do nothing yet. Ignoring one would keep data somewhere else than its owner thinks.
PLANNED = frozenset({"HEADWATER_DATABASE_URL", "HEADWATER_LOG_URL"})

DEFAULT_LISTEN = "127.0.0.1:4433"
UNIX = "unix:"
LOOPBACK_HOSTS = frozenset({"127.0.0.1", "localhost", "::1"})
ROLES = ("collect", "identity", "api", "deliver", "live", "lake")
READER_ROLES = frozenset({"deliver", "live", "lake"})
MAX_PORT = 65_535
LONGEST_QUERY = timedelta(minutes=10)  # the lake keeps files that it has replaced for longer (lake/limits.py)

SIZE = re.compile(r"(\d{1,15})(KB|MB|GB|TB)")
SIZE_UNITS = {"KB": 10**3, "MB": 10**6, "GB": 10**9, "TB": 10**12}
HOST_NAME = re.compile(r"[A-Za-z0-9]([A-Za-z0-9.-]*[A-Za-z0-9])?")
VARIABLES = re.compile(r"[A-Za-z_][A-Za-z0-9_]*\*?|\*")
AT = "@"
BUCKET = re.compile(r"(?!.*/\.\.?(/|$))s3://[a-z0-9][a-z0-9.-]{1,61}[a-z0-9](/[A-Za-z0-9_.-]+)*/?")
ORIGIN = re.compile(r"https?://[^/\s?#@]+")


class Listen(msgspec.Struct, frozen=True):
    """Where the server listens. Port 0 means any free one."""

    host: str
    port: int

    @property
    def is_loopback(self) -> bool:
        return self.host in LOOPBACK_HOSTS


class Settings(msgspec.Struct, frozen=True, kw_only=True):
    """What a server is told. Made by `load`."""

    data: Path
    listen: Listen
    public_url: str | None
    private_addresses: bool
    secret_env: tuple[str, ...]
    secret_files: Path | None
    secret_variables: Mapping[str, Secret]
    template_files: Path | None
    tracking_aliases: bool | None
    expose_admin: bool
    admin_listen: Listen | Path | None
    trusted_proxies: tuple[str, ...]
    allowed_hosts: tuple[str, ...]
    tracking_origins: tuple[str, ...]
    roles: tuple[str, ...]
    strict: bool
    rate_limit: int | None
    dedupe_window: timedelta
    log_retention_age: timedelta | None
    log_retention_events: int | None
    log_retention_size: int | None
    audit_retention_age: timedelta | None
    audit_retention_entries: int | None
    lake_url: str | None
    lake_cache: int
    lake_place: Place | None
    query_timeout: timedelta
    query_memory: int
    query_result_size: int
    queries_at_once: int
    unconfined_queries: bool
    workers: int
    logger_level: str


class Setting(msgspec.Struct, frozen=True):
    """One setting: its name, the text it has when not given, how a text is read, and its help."""

    name: str
    default: str
    read: Callable[[str], Any]
    help: str
    one: str = ""  # of a setting that is a list: the flag, which is given once for each

    @property
    def variable(self) -> str:
        return PREFIX + self.name.upper()

    @property
    def flag(self) -> str:
        """The command line's flag."""
        return "--" + (self.one or self.name).replace("_", "-")


def _flag(text: str) -> bool:
    values = {"1": True, "true": True, "yes": True, "on": True, "0": False, "false": False, "no": False, "off": False}
    if text.lower() not in values:
        raise SettingsError("must be true or false")
    return values[text.lower()]


def _flag_or_none(text: str) -> bool | None:
    return _flag(text) if text else None


def _listen(text: str) -> Listen:
    host, separator, port = text.rpartition(":")
    if not separator or not port.isdigit() or int(port) > MAX_PORT:
        raise SettingsError(f"must be HOST:PORT, such as {DEFAULT_LISTEN}")
    return Listen(host.strip("[]") or "127.0.0.1", int(port))


def _admin_listen(text: str) -> Listen | Path | None:
    if not text:
        return None
    if text.startswith(UNIX):
        path = text.removeprefix(UNIX)
        if not path:
            raise SettingsError("must name the socket's file, such as unix:/run/headwater/admin.sock")
        return Path(path).absolute()
    place = _listen(text)
    if not _is_this_machine(place.host):
        raise SettingsError(
            "must be a loopback address or a Unix socket, such as 127.0.0.1:4434 or unix:/run/headwater/admin.sock:"
            " it asks for no key, so whoever reaches it may do everything with everybody's account"
        )
    return place


def _is_this_machine(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host in LOOPBACK_HOSTS


def _names(text: str) -> tuple[str, ...]:
    return tuple(part.strip() for part in text.split(",") if part.strip())


def _url_or_none(text: str) -> str | None:
    if not text:
        return None
    parts = urlsplit(text)
    if parts.scheme not in ("http", "https") or not parts.hostname or parts.query or parts.fragment or parts.username:
        raise SettingsError("must be http(s)://HOST[:PORT][/PATH], such as https://id.example.com")
    return text.rstrip("/")


def _bucket_or_none(text: str) -> str | None:
    if text and BUCKET.fullmatch(text) is None:
        raise SettingsError("must be s3://BUCKET or s3://BUCKET/PREFIX, with letters, digits and -._/ in the prefix")
    return text.rstrip("/") or None


def _variables_or_none(text: str) -> tuple[str, ...] | None:
    for name in _names(text):
        if VARIABLES.fullmatch(name) is None:
            raise SettingsError("must be names of variables, or beginnings of them such as APP_*")
        if name.startswith(PREFIX):
            raise SettingsError(f"can't name {PREFIX} variables: the server's own are never readable")
    return _names(text) or None


def _folder_or_none(text: str) -> Path | None:
    return Path(text).absolute() if text else None


def _networks(text: str) -> tuple[str, ...]:
    for name in _names(text):
        try:
            ipaddress.ip_network(name, strict=False)
        except ValueError:
            raise SettingsError("must be addresses or networks, such as 10.0.0.0/8") from None
    return _names(text)


def _host_names(text: str) -> tuple[str, ...]:
    for name in _names(text):
        if HOST_NAME.fullmatch(name) is None:
            raise SettingsError("must be host names without scheme and port, such as cdp.example.com")
    return _names(text)


def _origins(text: str) -> tuple[str, ...]:
    origins = _names(text)
    for origin in origins:
        if origin != "*" and ORIGIN.fullmatch(origin) is None:
            raise SettingsError("must be * or origins such as https://www.example.com")
    if not origins:
        raise SettingsError("must be * or at least one origin such as https://www.example.com")
    return origins


def _roles(text: str) -> tuple[str, ...]:
    chosen = _names(text)
    if not chosen or not set(chosen) <= set(ROLES):
        raise SettingsError(f"must be some of {', '.join(ROLES)}, comma-separated")
    return tuple(role for role in ROLES if role in chosen)


def _count_or_none(text: str) -> int | None:
    if text and not text.isdecimal():
        raise SettingsError("must be a whole number, 0 for no limit")
    return int(text or "0") or None


def _duration(text: str) -> timedelta:
    value = spans.read(text)
    if not value:
        raise SettingsError("must be a time such as 90s, 30m, 24h or 90d")
    return value


def _query_timeout(text: str) -> timedelta:
    value = _duration(text)
    if value > LONGEST_QUERY:
        raise SettingsError("must be 10m at most: files of the lake that were replaced meanwhile stay for minutes only")
    return value


def _duration_or_none(text: str) -> timedelta | None:
    return None if text in ("", "0") else _duration(text)


def _size_or_none(text: str) -> int | None:
    if text in ("", "0"):
        return None
    found = SIZE.fullmatch(text.upper())
    if found is None:
        raise SettingsError("must be a size such as 500MB or 20GB")
    return int(found[1]) * SIZE_UNITS[found[2]]


def _size(text: str) -> int:
    size = _size_or_none(text)
    if size is None:
        raise SettingsError("must be a size such as 500MB or 2GB")
    return size


def _count(text: str) -> int:
    count = _count_or_none(text)
    if count is None:
        raise SettingsError("must be a whole number from 1")
    return count


def _one_worker(text: str) -> int:
    if not text.isdigit() or int(text) < 1:
        raise SettingsError("must be a whole number from 1")
    if int(text) > 1:
        raise SettingsError(
            "must be 1: the SQLite log has exactly one writing process. More workers need the NATS log"
            " (HEADWATER_LOG_URL), which this release does not have yet"
        )
    return 1


def _level(text: str) -> str:
    if text.lower() not in ("debug", "info", "warning", "error"):
        raise SettingsError("must be debug, info, warning or error")
    return text.lower()


SETTINGS = (
    Setting("data", "./data", lambda text: Path(text).absolute(), "The data folder: everything Headwater keeps."),
    Setting("listen", DEFAULT_LISTEN, _listen, "HOST:PORT to listen on; port 0 takes any free one."),
    Setting("public_url", "", _url_or_none, "The address people see, for links and flows; default: where we listen."),
    Setting(
        "private_addresses",
        "",
        _flag_or_none,
        "Let Actions and destinations reach loopback and private addresses; default: only while we listen on loopback.",
    ),
    Setting(
        "secret_env",
        "",
        _variables_or_none,
        "Variables that an identity-config may name as env:NAME, such as APP_*; default: all but ours,"
        " only while this machine alone can reach us.",
    ),
    Setting(
        "secret_files",
        "",
        _folder_or_none,
        "The folder whose files an identity-config may name as file:PATH; default: all but the data folder,"
        " only while this machine alone can reach us.",
    ),
    Setting(
        "template_files",
        "",
        _folder_or_none,
        "The folder whose files an identity-config may name as file:// where Jsonnet is wanted; default: none.",
    ),
    Setting(
        "tracking_aliases",
        "",
        _flag_or_none,
        "Answer Actions' calls to api.segment.io ourselves; default: as the workspace says (off).",
    ),
    Setting("expose_admin", "false", _flag, "Answer operator routes to peers that are not on loopback."),
    Setting(
        "admin_listen",
        "",
        _admin_listen,
        "Serve Ory's admin API without a key, too: 127.0.0.1:4434 or unix:PATH, never beyond this machine.",
    ),
    Setting(
        "trusted_proxies",
        "",
        _networks,
        "Addresses or networks whose X-Forwarded-* headers are believed.",
        one="trusted_proxy",
    ),
    Setting(
        "allowed_hosts",
        "",
        _host_names,
        "Host names that pages and operator routes answer to, besides addresses; the tracking API answers to all.",
        one="allowed_host",
    ),
    Setting(
        "tracking_origins",
        "*",
        _origins,
        "Web origins that may call the tracking API; with a list instead of * they may send credentials, too.",
        one="tracking_origin",
    ),
    Setting("roles", ",".join(ROLES), _roles, "What this server does: some of " + ", ".join(ROLES) + ".", one="role"),
    Setting(
        "strict",
        "false",
        _flag,
        "Answer 400 where the tracking API answers 200 and drops; default: as each source says.",
    ),
    Setting("rate_limit", "0", _count_or_none, "Events per second taken over all sources; 0 for no limit."),
    Setting("dedupe_window", "24h", _duration, "How long a message id that comes again is taken for a repetition."),
    Setting("log_retention_age", "90d", _duration_or_none, "How long the log keeps events; 0 for ever."),
    Setting(
        "log_retention_events", "100000000", _count_or_none, "How many events the log keeps, oldest go; 0 for no limit."
    ),
    Setting("log_retention_size", "0", _size_or_none, "How large the log may be on disk, such as 20GB; 0: no limit."),
    Setting("audit_retention_age", "400d", _duration_or_none, "How long the audit log keeps entries; 0 for ever."),
    Setting(
        "audit_retention_entries",
        "1000000",
        _count_or_none,
        "How many entries the audit log keeps, oldest go; 0 for no limit.",
    ),
    Setting(
        "lake_url",
        "",
        _bucket_or_none,
        "Where the lake is at home, such as s3://BUCKET/PREFIX, entered by the usual AWS_* variables; default: the data"
        " folder.",
    ),
    Setting(
        "lake_cache", "10GB", _size, "How much of a lake at HEADWATER_LAKE_URL is kept at hand in the data folder."
    ),
    Setting("query_timeout", "60s", _query_timeout, "How long a query over the lake may take, such as 30s or 10m."),
    Setting("query_memory", "1GB", _size, "How much memory a query over the lake may use, such as 500MB or 4GB."),
    Setting("query_result_size", "100MB", _size, "How large the answer to a query over the lake may be."),
    Setting("queries_at_once", "2", _count, "How many queries over the lake run at once; a few more wait."),
    Setting(
        "unconfined_queries",
        "false",
        _flag,
        "Run queries over the lake also where the kernel can't keep them from files and sockets (no Landlock).",
    ),
    Setting("workers", "1", _one_worker, "Processes that accept requests; 1 with the SQLite log."),
    Setting("logger_level", "info", _level, "Least level that is logged: debug, info, warning or error."),
)


def load(environ: Mapping[str, str], overrides: Mapping[str, str] | None = None) -> Settings:
    """Return the settings: `overrides` (by name, from the command line) win over `environ`.

    Raises SettingsError for an unknown HEADWATER_ variable or a value that doesn't fit, naming it.
    """
    known = {setting.variable for setting in SETTINGS} | CLIENT_VARIABLES
    for variable in PLANNED & environ.keys():
        raise SettingsError(
            f"{variable} does nothing in this release: everything is kept in the data folder. Unset it."
        )
    for variable in environ:
        if variable.startswith(PREFIX) and variable not in known:
            raise SettingsError(f"There is no setting {variable}. The settings are: {', '.join(sorted(known))}.")
    chosen = dict(overrides or {})
    values = {setting.name: _read(setting, environ, chosen) for setting in SETTINGS}
    if values["private_addresses"] is None:
        values["private_addresses"] = values["listen"].is_loopback
    values |= _readable(values, environ)
    values["lake_place"] = _lake_place(values, environ)
    if values["template_files"] is not None and _overlap(values["template_files"], values["data"]):
        raise SettingsError(
            "--template-files must be a folder apart from the data folder (--data): whoever configures a project can"
            " have everything below it read."
        )
    if values["admin_listen"] is not None and "identity" not in values["roles"]:
        raise SettingsError("--admin-listen serves the identity role's admin API; add that role, or leave it out.")
    return Settings(**values)


def _readable(values: Mapping[str, Any], environ: Mapping[str, str]) -> dict[str, Any]:
    """Return what an identity-config may name as its secrets: everything only where nobody else could ask for it."""
    is_private = _is_private(values)
    names, folder = values["secret_env"], values["secret_files"]
    if names is None:
        names = ("*",) if is_private else ()
    if folder is None and is_private:
        folder = Path("/")
    readable = references.readable_variables(environ, names)
    return {"secret_env": names, "secret_files": folder, "secret_variables": readable}


def _lake_place(values: Mapping[str, Any], environ: Mapping[str, str]) -> Place | None:
    url = values["lake_url"]
    return None if url is None else place.place(url, environ=environ, cache_bytes=values["lake_cache"])


def _overlap(one: Path, other: Path) -> bool:
    one, other = one.resolve(), other.resolve()
    return one.is_relative_to(other) or other.is_relative_to(one)


def _is_private(values: Mapping[str, Any]) -> bool:
    """Tell whether nobody but this machine can reach the server, as far as its settings tell."""
    public_url = values["public_url"]
    is_published = public_url is not None and not _is_this_machine(urlsplit(public_url).hostname or "")
    is_proxied = bool(values["trusted_proxies"] or values["expose_admin"])
    return values["listen"].is_loopback and not is_published and not is_proxied


def _read(setting: Setting, environ: Mapping[str, str], overrides: Mapping[str, str]) -> Any:
    text = overrides.get(setting.name, environ.get(setting.variable, setting.default))
    try:
        return setting.read(text)
    except SettingsError as error:
        origin = setting.flag if setting.name in overrides else setting.variable
        shown = repr(text) if AT not in text else f"a text with an {AT}, perhaps a password's"
        raise SettingsError(f"{origin} is {shown}; it {error.message}.") from error
