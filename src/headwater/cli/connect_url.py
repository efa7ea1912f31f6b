"""Which URL a connected Action calls, and why: this server's own tracking API, or Segment's, which it answers for."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from headwater import settings
from headwater.cli.session import Session
from headwater.cli.usage import UsageError
from headwater.workspace.identify_action import IDENTIFY, SEGMENT_URL

EVERY_ADDRESS = frozenset({"0.0.0.0", "::"})
TURN_ON = "`headwater update workspace --set tracking_aliases=true`"


@dataclass(frozen=True, slots=True, kw_only=True)
class Address:
    """Where the Action sends, and a sentence for the person who wonders."""

    url: str
    why: str


def choose(status: Mapping[str, Any], *, alias: bool | None, tracking_url: str | None, at: Session) -> Address:
    """Return the address. Raises UsageError when it can't be known."""
    if tracking_url is not None:
        return Address(url=_identify_at(tracking_url), why="as you said with --tracking-url")
    is_answered = bool(status["workspace"]["tracking_aliases"])
    if alias or (alias is None and is_answered):
        why = "which this server answers itself, since tracking_aliases is on"
        missing = f"which goes to Segment itself until {TURN_ON}"
        return Address(url=SEGMENT_URL, why=why if is_answered else missing)
    own = status["url"] or _where_it_will_be(at)
    if urlsplit(own).hostname in EVERY_ADDRESS:
        raise UsageError(
            f"The server listens on every address ({own}). Say which one its Actions use, with --tracking-url,"
            " or use --alias."
        )
    return Address(url=own + IDENTIFY, why="the tracking API of this server (--alias makes it Segment's URL)")


def _identify_at(base: str) -> str:
    if not base.startswith(("http://", "https://")):
        raise UsageError(f"--tracking-url takes an address such as https://events.example.com, not {base!r}.")
    return base.rstrip("/").removesuffix(IDENTIFY).removesuffix("/v1") + IDENTIFY


def _where_it_will_be(at: Session) -> str:
    """Return where `headwater serve` will listen when it is started as this command was."""
    listen = settings.load(at.environ, at.overrides).listen
    if listen.port == 0:
        raise UsageError("No server is running, so its port is not known. Start it first, or use --alias.")
    host = f"[{listen.host}]" if ":" in listen.host else listen.host
    return f"http://{host}:{listen.port}"
