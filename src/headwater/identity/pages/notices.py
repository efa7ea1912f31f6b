"""Pages for when there is no form to show: what happened in words for people, and a way on. Never a stack trace."""

from collections.abc import Mapping
from dataclasses import dataclass

from headwater.identity.pages import links
from headwater.identity.pages.links import WELCOME, Link

LOGIN = "login"
KIND_TITLES = {
    "login": "sign in",
    "registration": "create an account",
    "settings": "change your settings",
    "recovery": "recover your account",
    "verification": "verify your address",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Words:
    """`leads_to` is what is offered first: `again`, `login` or `account`.

    Where `is_told_by_error`, its message is shown instead of `text`: somebody wrote it for this person.
    """

    title: str
    text: str
    leads_to: str = "again"
    is_told_by_error: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Notice:
    """What the template of notices prints. `detail` is for the person's support, folded away."""

    title: str
    text: str
    links: tuple[Link, ...]
    detail: str = ""
    error_id: str = ""


EXPIRED = Words(title="This page has expired", text="For your safety it was open for a limited time only.")
GONE = Words(title="This page is no longer there", text="The link may be old, incomplete or already used.")
NOT_YOURS = Words(
    title="We could not make sure that it is you",
    text="Please continue in the browser you began in, and allow it to keep cookies of this site.",
)
SIGNED_OUT = Words(title="You are not signed in", text="Please sign in to continue.", leads_to="login")
SIGNED_IN = Words(title="You are already signed in", text="Sign out first to use another account.", leads_to="account")
AGAIN = Words(title="Please sign in again", text="It has been a while since you signed in.", leads_to="login")
SECOND = Words(title="One more step to sign in", text="Your account asks for a second factor.", leads_to="login")
DISABLED_FLOW = Words(title="This is not available here", text="It has been turned off.", leads_to="login")
DISABLED_ACCOUNT = Words(
    title="This account is disabled", text="Please contact whoever runs this site.", leads_to="login"
)
SOMEBODY_ELSE = Words(
    title="This page belongs to another account", text="You are signed in as somebody else.", leads_to="account"
)
UNKNOWN_PLACE = Words(
    title="This link leads somewhere we do not know",
    text="To protect you we only send you on to places that this site has agreed to.",
)
TOO_MANY = Words(title="Too many attempts", text="Please wait a minute, then try again.")
BUSY = Words(title="We are very busy right now", text="Please try again in a moment.")
STOPPED = Words(
    title="You cannot go on here", text="Whoever runs this site does not let you go on here.", is_told_by_error=True
)
OTHER = Words(
    title="Something went wrong", text="Please try again. If it happens again, contact whoever runs this site."
)

BY_CODE: Mapping[str, Words] = {
    "self_service_flow_expired": EXPIRED,
    "self_service_flow_replaced": EXPIRED,
    "not_found": GONE,
    "security_csrf_violation": NOT_YOURS,
    "not_authenticated": SIGNED_OUT,
    "session_inactive": SIGNED_OUT,
    "session_already_available": SIGNED_IN,
    "session_refresh_required": AGAIN,
    "session_aal1_required": SIGNED_OUT,
    "session_aal2_required": SECOND,
    "self_service_flow_disabled": DISABLED_FLOW,
    "identity_disabled": DISABLED_ACCOUNT,
    "security_identity_mismatch": SOMEBODY_ELSE,
    "self_service_flow_return_to_forbidden": UNKNOWN_PLACE,
    "too_many_requests": TOO_MANY,
    "too_many_failures": TOO_MANY,
    "unavailable": BUSY,
    "action_interrupted": STOPPED,
}


def of(
    code: str,
    *,
    public_url: str,
    kind: str | None = None,
    again: str | None = None,
    return_to: str | None = None,
    detail: str = "",
    error_id: str = "",
) -> Notice:
    """Return what to say about an error. `kind` is the flow it happened in, `again` where that flow begins anew."""
    words = BY_CODE.get(code, OTHER)
    ways = _ways(words, public_url=public_url, kind=kind, again=again, return_to=return_to)
    if words.is_told_by_error and detail:
        return Notice(title=words.title, text=detail, links=ways, error_id=error_id)
    return Notice(title=words.title, text=words.text, links=ways, detail=detail, error_id=error_id)


def _ways(
    words: Words, *, public_url: str, kind: str | None, again: str | None, return_to: str | None
) -> tuple[Link, ...]:
    login = Link(label="Sign in", href=_login(public_url, kind=kind, return_to=return_to))
    account = Link(label="Your account", href=public_url + WELCOME)
    if words.leads_to == "account":
        return (account,)
    if words.leads_to == "login" or kind is None:
        return (login, account)
    start = again or links.start(kind, public_url=public_url, return_to=return_to)
    first = Link(label=f"Start again to {KIND_TITLES[kind]}", href=start)
    return (first,) if kind == LOGIN else (first, login)


def _login(public_url: str, *, kind: str | None, return_to: str | None) -> str:
    """Return where to sign in, and after that to go on with the settings one came for."""
    if kind == "settings":
        return_to = links.start(kind, public_url=public_url, return_to=return_to)
    return links.start(LOGIN, public_url=public_url, return_to=return_to)
