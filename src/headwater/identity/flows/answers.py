"""What a client is told, once for all three: JSON for apps, a place to go for browsers.

A flow decides on an `Answer`; only `respond` knows how it travels.
"""

from collections.abc import Sequence
from typing import Any
from urllib.parse import urlsplit, urlunsplit

import msgspec
from litestar import Response
from litestar.datastructures import Cookie

from headwater.core import clock
from headwater.core.secrets import Secret
from headwater.identity.config.tree import IdentityConfig
from headwater.identity.flows import flow as flows
from headwater.identity.flows import return_to
from headwater.identity.flows.flow import Flow
from headwater.identity.flows.inbound import Inbound
from headwater.identity.sessions.sessions import Session
from headwater.web import problems, queries
from headwater.web.ready import NOTHING, Ready

OK = 200
SEE_OTHER = 303
BAD_REQUEST = 400
GONE = 410
UNPROCESSABLE = 422
NANOSECONDS_A_MS = 1_000_000
MS_A_MINUTE = 60_000

# A flow shows what somebody typed and a token that lets one submit it: no cache may keep it.
NO_STORE = {"Cache-Control": "private, no-cache, no-store, must-revalidate"}


class CameIn(msgspec.Struct, frozen=True, kw_only=True):
    """The session that somebody has now, the token that says so, and the flow they came by."""

    flow_id: str
    session: Session
    token: Secret


class Answer(msgspec.Struct, frozen=True, kw_only=True):
    """`body` and `status` are for apps; browsers go to `location`. `cookies` are set in either case.

    `location_for_apps` sends apps on, too, instead of showing them `body`. `came_in` is who it lets in, if anybody.
    """

    body: dict[str, Any] | None  # None where the status says all
    status: int = OK
    location: str
    location_for_apps: str | None = None
    is_for_apps: bool = False  # a native flow: JSON whatever the Accept header says
    cookies: tuple[Cookie, ...] = ()
    came_in: CameIn | None = None

    def __repr__(self) -> str:
        """Show no cookie, and nobody's data."""
        return f"Answer(status={self.status!r}, location={self.location!r})"

    def __rich_repr__(self) -> list[tuple[str, Any]]:
        return [("status", self.status), ("location", self.location)]


def respond(answer: Answer, inbound: Inbound, *, is_for_apps: bool = False) -> Response[Any]:
    """Turn an answer into what this client can read."""
    cookies = list(answer.cookies)
    location = answer.location
    if is_for_apps or answer.is_for_apps or inbound.wants_json:
        if answer.location_for_apps is None:
            # Where the status says all, the framework knows which headers that takes.
            kind = Response if answer.body is None else Ready
            return kind(answer.body, status_code=answer.status, headers=NO_STORE, cookies=cookies)
        location = answer.location_for_apps
    return redirect(location, cookies=cookies)


def redirect(location: str, *, cookies: Sequence[Cookie] = ()) -> Response[Any]:
    """Send a browser on. An operator's address may be in any letters, a header in ASCII only."""
    headers = {**NO_STORE, "Location": return_to.in_ascii(location)}
    return Ready(NOTHING, status_code=SEE_OTHER, headers=headers, cookies=list(cookies))


def show(flow: Flow, *, config: IdentityConfig, status: int = OK, identity: dict[str, Any] | None = None) -> Answer:
    """Show the flow as it stands now: 400 when something is wrong with a submit, 200 otherwise."""
    return Answer(
        body=flows.view(flow, identity=identity),
        status=status,
        location=ui_url(flow, config=config),
        is_for_apps=flow.type == flows.API,
    )


def refused(flow: Flow, *, config: IdentityConfig, identity: dict[str, Any] | None = None) -> Answer:
    """Show the flow with what is wrong."""
    return show(flow, config=config, status=BAD_REQUEST, identity=identity)


def expired(flow: Flow, *, replacement: Flow, config: IdentityConfig, now_ms: int) -> Answer:
    """The submit came too late; `replacement` is a fresh flow that says so."""
    late_ms = now_ms - flow.expires_at_ms
    reason = f"The self-service flow expired {late_ms / MS_A_MINUTE:.2f} minutes ago, initialize a new one."
    body = {
        **problems.envelope(GONE, id="self_service_flow_expired", reason=reason, message="self-service flow expired"),
        "expired_at": clock.iso_ms(clock.from_epoch_ms(flow.expires_at_ms)),
        "since": late_ms * NANOSECONDS_A_MS,  # a Go duration
        "use_flow_id": replacement.id,
    }
    return Answer(
        body=body,
        status=GONE,
        location=ui_url(replacement, config=config),
        is_for_apps=flow.type == flows.API,
    )


def replaced(answer: Answer, *, by: Flow, reason: str) -> Answer:
    """Return the answer that leads to a fresh flow, `by`, as apps are told of it that aren't sent on."""
    envelope = problems.envelope(
        GONE, id="self_service_flow_replaced", reason=reason, message="self-service flow replaced"
    )
    return msgspec.structs.replace(answer, body={**envelope, "use_flow_id": by.id}, status=GONE, location_for_apps=None)


def moved(location: str) -> Answer:
    """Go on elsewhere: apps are told where to send the browser."""
    reason = f"In order to complete this flow please redirect the browser to: {location}"
    envelope = problems.envelope(
        UNPROCESSABLE,
        id="browser_location_change_required",
        reason=reason,
        message="browser location change required",
    )
    return Answer(body={**envelope, "redirect_browser_to": location}, status=UNPROCESSABLE, location=location)


def for_apps_at(answer: Answer, location: str) -> Answer:
    """Return the answer with apps being sent on, too."""
    return msgspec.structs.replace(answer, location_for_apps=location)


def with_cookies(answer: Answer, *cookies: Cookie) -> Answer:
    """Return the answer with more cookies."""
    return msgspec.structs.replace(answer, cookies=(*answer.cookies, *cookies))


def ui_url(flow: Flow, *, config: IdentityConfig) -> str:
    """Return where the flow is shown to people."""
    return with_query(config.flows.by_kind[flow.kind].ui_url, flow=flow.id)


def with_query(url: str, **parameters: str | None) -> str:
    """Return `url` with these parameters added; those that are None or empty are left out."""
    added = queries.encoded({name: value for name, value in parameters.items() if value})
    if "?" not in url and "#" not in url:
        return f"{url}?{added}" if added else url
    parts = urlsplit(url)
    query = "&".join(part for part in (parts.query, added) if part)
    return urlunsplit(parts._replace(query=query))
