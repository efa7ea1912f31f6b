"""Verification begun by something else: a sign-up, a changed address, a login that asks for a verified one."""

from collections.abc import Mapping
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit

import structlog
from sqlalchemy import Connection

from headwater.identity.codes import errands
from headwater.identity.codes.recipients import Recipient
from headwater.identity.codes.sender import Request, Sender, Store
from headwater.identity.config.flows_config import LINK, SETTINGS, VERIFICATION
from headwater.identity.config.tree import IdentityConfig
from headwater.identity.courier.kinds import EMAIL
from headwater.identity.flows import answers, csrf, return_to
from headwater.identity.flows import flow as flows
from headwater.identity.flows.flow import Flow
from headwater.identity.flows.follow_up import SHOW_VERIFICATION, FollowUp
from headwater.identity.flows.inbound import Inbound
from headwater.identity.flows.passages import MAX_REQUEST_URL, Passages, replace_query
from headwater.identity.flows.return_to import ReturnToForbiddenError
from headwater.identity.flows.visits import Form
from headwater.identity.people.accounts import Account, Address
from headwater.identity.verification import form as steps

# Asked for when a flow begins: where its verification leads, beside `return_to`, where the flow itself does.
AFTER_VERIFICATION = "after_verification_return_to"
RETURN_TO = "return_to"

logger = structlog.get_logger(__name__)


class VerificationFollowUp:
    """Is an `OpenVerification`."""

    def __init__(self, *, form: Form, passages: Passages, sender: Sender, public_url: str) -> None:
        self._form = form
        self._passages = passages
        self._sender = sender
        self._public_url = public_url

    async def __call__(
        self,
        account: Account,
        address: Address,
        *,
        flow: Flow,
        inbound: Inbound,
        config: IdentityConfig,
        transient_payload: Mapping[str, Any] | None = None,
        is_pretended: bool = False,
    ) -> FollowUp | None:
        method = steps.method_of(config)
        if method is None or not config.flows.by_kind[VERIFICATION].is_enabled:
            return None
        if method == LINK and address.via != EMAIL:
            logger.warning("verification_not_begun", via=address.via, reason="links go by e-mail only; use codes")
            return None
        begun = self._begun(flow, address, method=method, inbound=inbound, config=config)
        cookie = self._csrf_cookie(flow, inbound)
        dressed = await self._passages.dressed(
            self._form, begun, config=config, csrf_cookie=cookie, messages=(steps.sent_message(begun),)
        )
        request = Request(
            errand=errands.VERIFICATION,
            flow=dressed,
            recipient=Recipient(typed=address.value, value=address.value, via=address.via),
            method=method,
            inbound=inbound,
            config=config,
            transient_payload=transient_payload,
        )
        if is_pretended:
            send = await self._sender.pretend(request, account=account, address=address)
        else:
            send = await self._sender.prepare(request, found=(account, address))

        def store(connection: Connection) -> None:
            flows.insert_flow(connection, dressed, project_id=config.project_id)
            send(connection)

        return _follow_up(dressed, address, store=store, config=config, csrf_cookie=cookie)

    def _begun(self, flow: Flow, address: Address, *, method: str, inbound: Inbound, config: IdentityConfig) -> Flow:
        request_url, place = self._onward(flow, config=config)
        blank = self._passages.blank(
            self._form,
            flow.type,
            inbound=replace_query(inbound),
            config=config,
            request_url=request_url,
            return_to=place,
            active=method,
        )
        return steps.sent(blank, method=method, typed=address.value, via=address.via)

    def _onward(self, flow: Flow, *, config: IdentityConfig) -> tuple[str, str | None]:
        """Return the request that the verification is to be seen as begun by, and where it leads.

        A place that was asked for and isn't allowed leads where nobody asked for one does: the person is there by
        now, and no error may stand in their way.
        """
        parts = urlsplit(flow.request_url)
        asked = parse_qsl(parts.query)
        wanted = next((value for name, value in asked if name == AFTER_VERIFICATION), None)
        if wanted is None:
            return flow.request_url, flow.return_to
        others = [item for item in asked if item[0] not in (AFTER_VERIFICATION, RETURN_TO)]
        request_url = urlunsplit(parts._replace(query=urlencode([*others, (RETURN_TO, wanted)])))
        try:
            place = return_to.checked(wanted, public_url=self._public_url, allowed=config.allowed_return_urls)
        except ReturnToForbiddenError:
            place = None
        return request_url[:MAX_REQUEST_URL], place

    def _csrf_cookie(self, flow: Flow, inbound: Inbound) -> str | None:
        """A new session comes with a new anti-CSRF cookie; settings and a refresh keep the one there is."""
        if flow.type != flows.BROWSER:
            return None
        present = inbound.cookies.get(csrf.cookie_name(self._public_url))
        return present if present and (flow.kind == SETTINGS or flow.refresh) else csrf.new_cookie()


def _follow_up(
    flow: Flow, address: Address, *, store: Store, config: IdentityConfig, csrf_cookie: str | None
) -> FollowUp:
    location = answers.ui_url(flow, config=config)
    url = {"url": location} if flow.type == flows.BROWSER else {}
    item = {
        "action": SHOW_VERIFICATION,
        "flow": {"id": flow.id, "verifiable_address": address.value, **url},
    }
    return FollowUp(store=store, item=item, location=location, csrf_cookie=csrf_cookie)
