"""Where a recovered person goes next: their settings, to set a way to sign in that they know."""

from typing import Protocol
from urllib.parse import parse_qs, urlsplit

from headwater.identity.config.flows_config import CODE
from headwater.identity.config.tree import IdentityConfig
from headwater.identity.flows.flow import Flow
from headwater.identity.flows.inbound import Inbound
from headwater.identity.messages.text import UiText
from headwater.identity.people.accounts import Account

SKIP_SETTINGS = "skip_settings"
# What Go's strconv.ParseBool takes for true.
TRUE = frozenset({"1", "t", "T", "TRUE", "true", "True"})


class PrepareSettings(Protocol):
    """Is `Settings.prepared_for`."""

    async def __call__(
        self,
        account: Account,
        flow_type: str,
        *,
        inbound: Inbound,
        config: IdentityConfig,
        return_to: str | None,
        csrf_cookie: str | None,
        messages: tuple[UiText, ...] = (),
    ) -> Flow:
        """Return a settings flow that isn't stored yet, tied to the anti-CSRF cookie that recovery's answer sets."""
        ...


def skips_settings(flow: Flow, method: str) -> bool:
    """Tell whether the flow was begun to end without the settings. Links lead there nevertheless, as in Kratos."""
    asked = parse_qs(urlsplit(flow.request_url).query).get(SKIP_SETTINGS, [""])
    return method == CODE and asked[0] in TRUE


def uses_continue_with(config: IdentityConfig) -> bool:
    """Tell whether apps are told what to do next, instead of where to send a browser: native apps need it."""
    flags = config.document.get("feature_flags")
    return isinstance(flags, dict) and flags.get("use_continue_with_transitions") is True
