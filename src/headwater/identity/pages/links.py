"""The ways from one flow to another. What a flow was begun with (`return_to`, a login challenge) is carried along."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qs, urlsplit

from headwater.identity.flows import answers
from headwater.identity.pages import addresses

# Of the flow's first address; where the flow itself says it, that counts.
CARRIED = ("return_to", "login_challenge", "organization")
WELCOME = "/ui/welcome"

WAYS = {
    "login": (("registration", "Create an account"), ("recovery", "Forgot how to sign in?")),
    "registration": (("login", "Sign in instead"),),
    "recovery": (("login", "Back to sign in"),),
    "verification": (),
    "settings": (),
}
FOR_SIGNED_IN = frozenset({"settings", "verification"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Link:
    """A way out of a page. The one out of the session holds a token, which no traceback shall print."""

    label: str
    href: str = field(repr=False)


def start(kind: str, *, public_url: str, **query: str | None) -> str:
    """Return where a browser begins a flow."""
    return answers.with_query(f"{public_url}/self-service/{kind}/browser", **query)


def is_about_signed_in(flow: Mapping[str, Any], *, kind: str) -> bool:
    """Tell whether whoever sees this flow may well have a session: then ways in are no use, but the way out is."""
    is_again = flow.get("refresh") or flow.get("requested_aal") == "aal2"
    return kind in FOR_SIGNED_IN or bool(kind == "login" and is_again)


def of_flow(
    flow: Mapping[str, Any], *, kind: str, kinds: Collection[str], public_url: str, logout_url: str | None
) -> tuple[Link, ...]:
    """Return the links of a flow's page. Only to flows that the project has (`kinds`)."""
    if is_about_signed_in(flow, kind=kind):
        return _for_signed_in(kind, public_url=public_url, logout_url=logout_url)
    carried = _carried(flow)
    return tuple(
        Link(label=label, href=start(other, public_url=public_url, **carried))
        for other, label in WAYS[kind]
        if other in kinds
    )


def sign_out(logout_url: str | None, *, label: str = "Sign out") -> tuple[Link, ...]:
    """Return the way out of the session, if there is one."""
    href = addresses.href_or_none(logout_url)
    return (Link(label=label, href=href),) if href else ()


def _for_signed_in(kind: str, *, public_url: str, logout_url: str | None) -> tuple[Link, ...]:
    account = Link(label="Your account", href=public_url + WELCOME)
    return (*((account,) if kind in FOR_SIGNED_IN else ()), *sign_out(logout_url))


def _carried(flow: Mapping[str, Any]) -> dict[str, str | None]:
    try:
        query = parse_qs(urlsplit(str(flow.get("request_url") or "")).query)
    except ValueError:
        query = {}
    carried: dict[str, str | None] = {name: query[name][0] for name in CARRIED if name in query}
    said = {"return_to": flow.get("return_to"), "login_challenge": flow.get("oauth2_login_challenge")}
    return carried | {name: str(value) for name, value in said.items() if value}
