"""The mail server in `courier.smtp.connection_uri`, as Kratos reads it."""

from dataclasses import dataclass
from urllib.parse import parse_qs, unquote, urlsplit

from headwater.core.secrets import Secret
from headwater.identity.courier.channels.channel import DeliveryError
from headwater.workspace.references import Unread

PLAIN, TLS = "smtp", "smtps"
DEFAULT_PORTS = {PLAIN: 587, TLS: 465}
# What Go's strconv.ParseBool takes for true.
TRUE = ("1", "t", "T", "TRUE", "true", "True")


@dataclass(frozen=True, slots=True, kw_only=True)
class MailServer:
    """Where and how to connect. Without TLS from the start, STARTTLS is insisted on unless switched off."""

    host: str
    port: int
    user: str
    password: Secret
    is_tls: bool
    is_starttls: bool
    is_verified: bool
    server_name: str


def parse(uri: Secret) -> MailServer:
    """Return the server. Raises DeliveryError, which says nothing of what stands in the URI: it holds a password."""
    text = uri.reveal()
    if isinstance(text, Unread):
        raise DeliveryError(f"{text.why}.")
    try:
        parts = urlsplit(text)
        host, port = parts.hostname, parts.port
    except ValueError:
        raise DeliveryError("courier.smtp.connection_uri can't be read.") from None
    if parts.scheme not in DEFAULT_PORTS or not host:
        raise DeliveryError("courier.smtp.connection_uri must begin with smtp:// or smtps:// and name a host.")
    flags = {name: values[-1] for name, values in parse_qs(parts.query).items()}
    return MailServer(
        host=host,
        port=port or DEFAULT_PORTS[parts.scheme],
        user=unquote(parts.username or ""),
        password=Secret(unquote(parts.password or "")),
        is_tls=parts.scheme == TLS,
        is_starttls=parts.scheme == PLAIN and flags.get("disable_starttls") not in TRUE,
        is_verified=flags.get("skip_ssl_verify") not in TRUE,
        server_name=flags.get("server_name") or host,
    )
