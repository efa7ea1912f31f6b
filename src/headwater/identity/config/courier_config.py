"""How messages leave (`courier`): captured, by SMTP or by HTTP, and in whose words."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from headwater.actions import client_rules
from headwater.core.secrets import Secret
from headwater.identity.config.section import Section, problem
from headwater.net.address_rules import AddressRules

CAPTURED = "captured"
SMTP = "smtp"
HTTP = "http"
EMAIL = "email"
SMS = "sms"

DEFAULT_RETRIES = 5
MOST_RETRIES = 100
DEFAULT_FROM = "no-reply@headwater.localhost"


@dataclass(frozen=True, slots=True, kw_only=True)
class SmtpConfig:
    """A mail server. The URI may hold a password."""

    connection_uri: Secret
    from_address: str
    from_name: str
    headers: Mapping[str, str]
    local_name: str
    refuses_private_addresses: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class HttpChannel:
    """A channel that posts messages somewhere, `request` as a web_hook's config; `rules`: `clients.http`."""

    id: str
    request: Mapping[str, Any]
    rules: AddressRules


@dataclass(frozen=True, slots=True, kw_only=True)
class CourierConfig:
    """`delivery` is how e-mail leaves. Captured mail goes nowhere: it is kept for whoever runs this server to read.

    `channels` are by id, such as `sms`. `templates` is the raw `courier.templates` section.
    """

    delivery: str
    smtp: SmtpConfig | None
    http: HttpChannel | None
    channels: Mapping[str, HttpChannel]
    templates: Mapping[str, Any]
    retries: int


def parse(courier: Section, *, clients: Section) -> CourierConfig:
    """Read `courier`. Without a mail server mail is captured. Raises ConfigProblem."""
    if courier.raw("template_override_path") is not None:
        raise problem(
            courier.at("template_override_path"),
            "can't be used: put each template below courier.templates, as base64:// (import kratos-config does it)",
        )
    smtp, http = courier.section(SMTP), courier.section(HTTP).section("request_config")
    has_server = bool(smtp.text("connection_uri", ""))
    strategy = courier.text("delivery_strategy", SMTP if has_server else CAPTURED, allowed=(CAPTURED, SMTP, HTTP))
    if strategy == SMTP and not has_server:
        raise problem(smtp.at("connection_uri"), "is missing: delivery_strategy smtp needs a mail server")
    if strategy == HTTP and not http.text("url", ""):
        raise problem(http.at("url"), "is missing: delivery_strategy http needs a place to post to")
    rules = client_rules.of({"clients": clients.value})
    return CourierConfig(
        delivery=strategy,
        smtp=_smtp(smtp, clients.section(SMTP)) if strategy == SMTP else None,
        http=HttpChannel(id=EMAIL, request=http.value, rules=rules) if strategy == HTTP else None,
        channels=_channels(courier, rules=rules),
        templates=courier.section("templates").value,
        retries=courier.integer("message_retries", DEFAULT_RETRIES, least=0, most=MOST_RETRIES),
    )


def _smtp(smtp: Section, client: Section) -> SmtpConfig:
    headers = smtp.section("headers").value
    return SmtpConfig(
        connection_uri=Secret(smtp.text("connection_uri", "")),
        from_address=smtp.text("from_address", DEFAULT_FROM),
        from_name=smtp.text("from_name", ""),
        headers={str(name): str(value) for name, value in headers.items()},
        local_name=smtp.text("local_name", "localhost"),
        refuses_private_addresses=client.flag("disallow_private_ip_ranges", default=False),
    )


def _channels(courier: Section, *, rules: AddressRules) -> dict[str, HttpChannel]:
    found: dict[str, HttpChannel] = {}
    for section in courier.sections("channels"):
        channel_id = section.text("id", "")
        if not channel_id:
            raise problem(section.at("id"), "is missing")
        section.text("type", HTTP, allowed=(HTTP,))
        request = section.section("request_config")
        if not request.text("url", ""):
            raise problem(request.at("url"), "is missing")
        found[channel_id] = HttpChannel(id=channel_id, request=request.value, rules=rules)
    return found
