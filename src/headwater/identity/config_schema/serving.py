"""Whom the server answers and calls: `serve`, `cors_public`, `clients`, and the look of our pages. Pure."""

from headwater.actions.client_rules import MOST_EXCEPTIONS
from headwater.actions.occasion import DEFAULT_HEADER_ALLOWLIST
from headwater.identity.config.cors_config import (
    DEFAULT_ALLOWED_HEADERS,
    DEFAULT_EXPOSED_HEADERS,
    MOST_SECONDS,
)
from headwater.identity.config_schema.nodes import (
    EXPECTED,
    Node,
    flag,
    idle,
    members,
    ours,
    several,
    text,
    texts,
    whole,
)
from headwater.identity.pages.theme import COLOUR, FONT, LENGTH, LOOKS, PATTERNS

ORIGIN = "https://app.example.org"
MOST_PORT = 65535
PREFLIGHT = "every method of the public API is allowed, and preflights are answered"
FLAGS = "give it to `headwater serve`: --listen, --public-url, --admin-listen"
TLS = "end TLS in front of Headwater, and name that proxy with --trusted-proxy"
NOT_HERE = "Headwater has no such log"
SAMPLES = {COLOUR: "#0b57d0", LENGTH: "8px", FONT: "serif"}


def serve() -> Node:
    """Return `serve`."""
    cors = {
        "enabled": flag("Whether other origins may call.", default=False),
        "allowed_origins": texts("Who: https://app.example.org, https://*.example.org.", sample=ORIGIN),
        "allow_credentials": flag("Whether with the person's cookies.", default=True),
        "allowed_headers": texts("Headers that they may send.", default=list(DEFAULT_ALLOWED_HEADERS)),
        "exposed_headers": texts("Headers that they may read.", default=list(DEFAULT_EXPOSED_HEADERS)),
        "max_age": whole("For how many seconds browsers needn't ask again.", most=MOST_SECONDS, default=0),
        "allowed_methods": idle(texts("Methods that they may use."), PREFLIGHT),
        "options_passthrough": idle(flag("Whether preflights are passed on.", default=False), PREFLIGHT),
        "debug": idle(flag("Whether decisions are logged.", default=False), PREFLIGHT),
    }
    public = {**_listener(), "cors": members("Other origins.", cors)}
    known = {"public": members("The public API.", public), "admin": members("The admin API.", _listener())}
    return members("Whom the server answers.", known)


def cors_public() -> Node:
    """Return `cors_public`, as Ory Network has it."""
    known = {
        "enabled": flag("Whether other origins may call.", default=False),
        "origins": texts("Who.", default=[], sample=ORIGIN),
    }
    return members("Other origins, in the words of Ory Network.", known)


def clients() -> Node:
    """Return `clients`."""
    private = flag("Whether private addresses are refused.", default=False)
    exceptions = several(text("", sample="http://hooks.internal/**"), "But these.", most=MOST_EXCEPTIONS)
    known = {
        "http": members(
            "What is called by HTTP.",
            {"disallow_private_ip_ranges": private, "private_ip_exception_urls": exceptions},
        ),
        "smtp": members("Mail servers.", {"disallow_private_ip_ranges": private}),
        "web_hook": _web_hook(),
    }
    return members("Whom the server calls.", known)


def actions() -> Node:
    """Return `actions`, an older place of `clients.web_hook`."""
    return members("The older place of clients.web_hook.", {"web_hook": _web_hook()})


def pages() -> Node:
    """Return `pages`: ours."""
    variables = {
        name: {
            **text(f"{LOOKS[pattern].capitalize()}.", pattern=f"^(?:{pattern.pattern})$", sample=SAMPLES[pattern]),
            EXPECTED: LOOKS[pattern],
        }
        for name, pattern in PATTERNS.items()
    }
    return ours(members("Our pages.", {"css_variables": members("Their colours and shapes.", variables)}))


def _web_hook() -> Node:
    about = "Headers of the person's request that hooks may see."
    return members("Hooks.", {"header_allowlist": texts(about, default=list(DEFAULT_HEADER_ALLOWLIST))})


def _listener() -> dict[str, Node]:
    source = members("A file, or what is in it.", {"path": text(""), "base64": {**text(""), "writeOnly": True}})
    socket = {"owner": text(""), "group": text(""), "mode": whole("", most=0o777)}
    log = {"disable_for_health": flag("Whether health checks are left out.", default=False)}
    return {
        "base_url": idle(text("Its address as others see it."), FLAGS),
        "host": idle(text("The address it listens on."), FLAGS),
        "port": idle(whole("The port it listens on.", least=1, most=MOST_PORT), FLAGS),
        "socket": idle(members("A socket's owner and mode.", socket), FLAGS),
        "tls": idle(members("Its certificate.", {"cert": source, "key": source}), TLS),
        "request_log": idle(members("Its log of requests.", log), NOT_HERE),
    }
