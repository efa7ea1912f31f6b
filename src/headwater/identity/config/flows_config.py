"""Where each self-service flow is shown, how long it lives and where it ends (`selfservice.flows`)."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from headwater.identity.config.section import Section, problem

HOUR_SECONDS = 3600.0
WEB = ("http://", "https://")

REGISTRATION = "registration"
LOGIN = "login"
SETTINGS = "settings"
RECOVERY = "recovery"
VERIFICATION = "verification"
KINDS = (REGISTRATION, LOGIN, SETTINGS, RECOVERY, VERIFICATION)

UNIFIED = "unified"
PROFILE_FIRST = "profile_first"
IDENTIFIER_FIRST = "identifier_first"
HIGHEST_AVAILABLE = "highest_available"
REQUIRED_AALS = ("aal1", HIGHEST_AVAILABLE)
CODE = "code"
LINK = "link"


@dataclass(frozen=True, slots=True, kw_only=True)
class FlowConfig:
    """What all kinds of flow have.

    `return_urls` says where browsers go afterwards, by the method they went through; "" is for any other.
    """

    is_enabled: bool
    ui_url: str
    seconds: float
    return_urls: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class FlowsConfig:
    """Every flow, and what only one of them has. Addresses are absolute."""

    by_kind: Mapping[str, FlowConfig]
    default_return_url: str
    logout_return_url: str
    error_ui_url: str
    registration_style: str
    has_login_hints: bool
    login_style: str
    settings_privileged_seconds: float
    settings_required_aal: str
    recovery_use: str
    recovery_notifies_unknown: bool
    verification_use: str
    verification_notifies_unknown: bool

    def return_url(self, kind: str, method: str = "") -> str:
        """Return where a browser goes after a flow that asked for no place of its own."""
        urls = self.by_kind[kind].return_urls
        return urls.get(method) or urls.get("") or self.default_return_url


def parse(selfservice: Section, *, public_url: str) -> FlowsConfig:
    """Read `selfservice`; pages that nobody configured are our own, under `public_url`. Raises ConfigProblem."""
    flows = selfservice.section("flows")
    registration, login, settings = flows.section(REGISTRATION), flows.section(LOGIN), flows.section(SETTINGS)
    recovery, verification = flows.section(RECOVERY), flows.section(VERIFICATION)
    default_return_url = _url(selfservice, "default_browser_return_url", f"{public_url}/ui/welcome")
    style = registration.text("style", PROFILE_FIRST, allowed=(UNIFIED, PROFILE_FIRST))
    return FlowsConfig(
        by_kind={kind: _flow(flows.section(kind), kind, public_url=public_url) for kind in KINDS},
        default_return_url=default_return_url,
        logout_return_url=_url(
            flows.section("logout").section("after"), "default_browser_return_url", f"{public_url}/ui/login"
        ),
        error_ui_url=_url(flows.section("error"), "ui_url", f"{public_url}/ui/error"),
        registration_style=UNIFIED if registration.flag("enable_legacy_one_step", default=False) else style,
        has_login_hints=registration.flag("login_hints", default=False),
        login_style=login.text("style", UNIFIED, allowed=(UNIFIED, IDENTIFIER_FIRST)),
        settings_privileged_seconds=settings.duration_seconds("privileged_session_max_age", HOUR_SECONDS),
        settings_required_aal=settings.text("required_aal", HIGHEST_AVAILABLE, allowed=REQUIRED_AALS),
        recovery_use=recovery.text("use", CODE, allowed=(CODE, LINK)),
        recovery_notifies_unknown=recovery.flag("notify_unknown_recipients", default=False),
        verification_use=verification.text("use", CODE, allowed=(CODE, LINK)),
        verification_notifies_unknown=verification.flag("notify_unknown_recipients", default=False),
    )


def _flow(flow: Section, kind: str, *, public_url: str) -> FlowConfig:
    return FlowConfig(
        is_enabled=flow.flag("enabled", default=kind not in (RECOVERY, VERIFICATION)),
        ui_url=_url(flow, "ui_url", f"{public_url}/ui/{kind}"),
        seconds=flow.duration_seconds("lifespan", HOUR_SECONDS),
        return_urls=_return_urls(flow.section("after")),
    )


def _return_urls(after: Section) -> dict[str, str]:
    methods = [key for key in after.value if key not in ("hooks", "default_browser_return_url")]
    places = {"": after, **{method: after.section(method) for method in methods}}
    return {
        method: url for method, section in places.items() if (url := _url(section, "default_browser_return_url", ""))
    }


def _url(section: Section, key: str, default: str) -> str:
    url = section.text(key, default)
    if url != default and not url.startswith((*WEB, "/")):
        raise problem(section.at(key), f"must be an http or https URL, not {url!r}")
    return url
