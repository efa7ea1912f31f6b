"""What the pages have to know of a project's configuration as it is now."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field

from headwater.identity.config.flows_config import KINDS, FlowsConfig
from headwater.identity.pages.theme import Theme


@dataclass(frozen=True, slots=True, kw_only=True)
class PageSettings:
    """What is linked to, where submits may end, and how it looks.

    `kinds` are the flows that the project has. `landings` are the addresses a submit may end at besides our own:
    Chromium holds a form's policy against every redirect that follows it, so an app's origin has to be named.
    """

    kinds: frozenset[str] = frozenset(KINDS)
    landings: tuple[str, ...] = ()
    theme: Theme = field(default_factory=Theme)


AskSettings = Callable[[], Awaitable[PageSettings]]


def of(flows: FlowsConfig, *, theme: Theme | None = None) -> PageSettings:
    """Return what a project's flows mean for the pages."""
    enabled = frozenset(kind for kind, flow in flows.by_kind.items() if flow.is_enabled)
    each = [address for flow in flows.by_kind.values() for address in (flow.ui_url, *flow.return_urls.values())]
    landings = (*each, flows.default_return_url, flows.error_ui_url)
    return PageSettings(kinds=enabled, landings=tuple(dict.fromkeys(landings)), theme=theme or Theme())
