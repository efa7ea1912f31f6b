"""`courier`: how messages leave, and in whose words. Pure."""

from headwater.identity.config.courier_config import (
    CAPTURED,
    DEFAULT_FROM,
    DEFAULT_RETRIES,
    HTTP,
    MOST_RETRIES,
    SMS,
    SMTP,
)
from headwater.identity.config_schema.nodes import (
    Node,
    choice,
    duration,
    idle,
    members,
    named,
    same,
    secret,
    several,
    text,
    whole,
)
from headwater.identity.courier.kinds import EMAIL, KINDS, STUB

AT_ONCE = "messages leave as soon as they are written"
BY_PASSWORD = "sign in to the mail server with a user and a password in connection_uri"  # noqa: S105  advice
NO_SMS = "this is never sent as an SMS"
EMPTY = "base64://"


def section() -> Node:
    """Return `courier`."""
    channel = {
        "id": text("Its name, such as sms.", sample=SMS),
        "type": choice("How it leaves.", (HTTP,), what="type of channel", default=HTTP),
        "request_config": same("request"),
    }
    worker = {
        "pull_count": idle(whole("How many messages are taken at a time."), AT_ONCE),
        "pull_wait": idle(duration("How long is waited for more."), AT_ONCE),
    }
    known = {
        # captured is ours.
        "delivery_strategy": choice(
            "How e-mail leaves: captured stays here, for whoever runs this server to read.",
            (CAPTURED, SMTP, HTTP),
            what="way of delivery",
        ),
        "message_retries": whole("How often a message is tried again.", most=MOST_RETRIES, default=DEFAULT_RETRIES),
        "smtp": members("The mail server.", _smtp()),
        "http": members("A service that takes e-mail by HTTP.", {"request_config": same("request")}),
        "channels": several(
            members("One channel.", channel, required=("id", "request_config")), "Ways besides e-mail."
        ),
        "templates": _templates(),
        "template_override_path": text("A folder of templates; only `headwater import kratos-config` reads one."),
        "worker": members("How messages are taken from the queue.", worker),
    }
    return members("Messages to people.", known)


def _smtp() -> dict[str, Node]:
    return {
        "connection_uri": secret("smtp:// or smtps://, with user and password.", sample="secret://sample"),
        "from_address": text("Who the mail is from.", default=DEFAULT_FROM, sample=DEFAULT_FROM),
        "from_name": text("Their name."),
        "headers": named(text("", sample="ada"), "Headers of each mail."),
        "local_name": text("What we call ourselves.", default="localhost"),
        "client_cert_path": idle(text("A certificate to sign in with."), BY_PASSWORD),
        "client_key_path": idle(text("Its key."), BY_PASSWORD),
    }


def _templates() -> Node:
    """Two steps lead to a template where a kind has variants, such as valid; one where it has none."""
    known: dict[str, dict[str, Node]] = {}
    for kind in KINDS.values():
        if kind.name != STUB:
            known.setdefault(kind.name, {})[kind.variant] = members(
                "By channel.", {channel: _parts(channel, is_sent=channel in kind.channels) for channel in (EMAIL, SMS)}
            )
    nodes = {name: found[""] if "" in found else members("", found) for name, found in known.items()}
    return members("Your own words, as base64://.", nodes)


def _parts(channel: str, *, is_sent: bool) -> Node:
    plain = {"plaintext": text("The text.", sample=EMPTY)}
    if channel == SMS:
        message = members("An SMS: body.plaintext.", {"body": members("", plain)})
        return message if is_sent else idle(message, NO_SMS)
    body = members("The mail itself.", {**plain, "html": text("The same in HTML.", sample=EMPTY)})
    return members(
        "A mail: subject, body.plaintext, body.html.", {"subject": text("Its subject.", sample=EMPTY), "body": body}
    )
