"""Who am I: where browsers land when nobody said where else."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any

from headwater.identity.pages import control, flow_page, links
from headwater.identity.pages.inputs import called
from headwater.identity.pages.links import Link

MAX_DEPTH = 4
SIGNED_OUT = "You are not signed in"
WAYS_IN = (("login", "Sign in"), ("registration", "Create an account"))


@dataclass(frozen=True, slots=True, kw_only=True)
class Address:
    """An address of the person's, and whether it was shown to be theirs."""

    value: str
    is_verified: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class WelcomePage:
    """What the template prints; `name` is empty when nobody is signed in."""

    title: str
    name: str = ""
    details: tuple[tuple[str, str], ...] = ()
    addresses: tuple[Address, ...] = ()
    links: tuple[Link, ...]


def of(
    session: Mapping[str, Any] | None, *, kinds: Collection[str], public_url: str, logout_url: str | None
) -> WelcomePage:
    """Return the page of a session in Ory's JSON, or of nobody."""
    if session is None:
        return WelcomePage(title=SIGNED_OUT, links=_to_flows(WAYS_IN, kinds=kinds, public_url=public_url))
    identity = session.get("identity") or {}
    proven = tuple(
        Address(value=str(item.get("value")), is_verified=bool(item.get("verified")))
        for item in identity.get("verifiable_addresses") or ()
    )
    ways = [("settings", "Account settings")]
    if not all(item.is_verified for item in proven):
        ways.append(("verification", "Verify your address"))
    return WelcomePage(
        title="Your account",
        name=flow_page.name_of(identity) or str(identity.get("id", "")),
        details=tuple(_details(identity.get("traits"), path=(), depth=MAX_DEPTH)),
        addresses=proven,
        links=(*_to_flows(ways, kinds=kinds, public_url=public_url), *links.sign_out(logout_url)),
    )


def _to_flows(ways: Collection[tuple[str, str]], *, kinds: Collection[str], public_url: str) -> tuple[Link, ...]:
    return tuple(
        Link(label=label, href=links.start(kind, public_url=public_url)) for kind, label in ways if kind in kinds
    )


def _details(value: Any, *, path: tuple[str, ...], depth: int) -> list[tuple[str, str]]:
    """Return the traits as lines to read; what is nested deeper than `depth` as JSON."""
    if isinstance(value, Mapping) and depth > 0:
        lines = [_details(item, path=(*path, str(key)), depth=depth - 1) for key, item in value.items()]
        return [line for some in lines for line in some]
    if value in (None, "", [], {}):
        return []
    return [(called(" ".join(path)), _said(value))]


def _said(value: Any) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, list) and all(isinstance(item, str) for item in value):
        return ", ".join(value)
    return control.as_text(value)
