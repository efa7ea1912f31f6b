"""The registration flow: started, shown, submitted; for native apps and for single-page apps in a browser."""

from dataclasses import dataclass

import msgspec
from sqlalchemy import Connection

from headwater.core import ids
from headwater.core.clock import Clock, epoch_ms
from headwater.core.errors import BadRequestError, HeadwaterError, NotFoundError
from headwater.identity import messages
from headwater.identity.config.tree import IdentityConfig
from headwater.identity.flows import csrf, fresh_flow, nodes, submission
from headwater.identity.flows import flow as flows
from headwater.identity.flows.flow import Flow
from headwater.identity.flows.inbound import Inbound
from headwater.identity.flows.outcomes import Completed, Expired, Outcome, Refused, Started
from headwater.identity.flows.submission import Submission
from headwater.identity.flows.turns import Turns
from headwater.identity.messages import Complaint, UiText
from headwater.identity.people.credentials import PASSWORD, DuplicateIdentifierError
from headwater.identity.people.schema import IdentitySchema
from headwater.identity.registration.candidate import Candidate, judge
from headwater.identity.registration.sign_up import SignUp, TraitsChangedError
from headwater.store.database import Database

NOT_FOR_BROWSERS = (
    'The HTTP Request Header included the "{header}" key, indicating that this request was made by a Browser. The '
    "flow however was initiated as an API request. To prevent potential misuse and mitigate several attack vectors "
    "including CSRF, the request has been blocked."
)


class RegistrationDisabledError(BadRequestError):
    """Registration is not allowed because it was disabled."""

    code = "self_service_flow_disabled"


class FlowNotFoundError(NotFoundError):
    """There is no such registration flow. Start a new one."""


class FlowExpiredError(HeadwaterError):
    """The registration flow has expired. Call the registration flow's init endpoint to start a new one."""

    code = "self_service_flow_expired"
    status = 410


class MethodDisabledError(NotFoundError):
    """This registration method is disabled in the project's identity-config."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Attempt:
    """One submit of one flow."""

    flow: Flow
    schema: IdentitySchema
    submitted: Submission
    inbound: Inbound
    config: IdentityConfig


class Registration:
    """The flow's life."""

    def __init__(self, *, database: Database, sign_up: SignUp, clock: Clock, public_url: str) -> None:
        self._database = database
        self._sign_up = sign_up
        self._clock = clock
        self._public_url = public_url
        self._cookie_name = csrf.cookie_name(public_url)
        self._turns = Turns()

    async def start(self, flow_type: str, *, inbound: Inbound, config: IdentityConfig) -> Started:
        """Begin a flow. A browser keeps its anti-CSRF cookie over its flows, so that two tabs don't part it."""
        if not config.registration_is_enabled:
            raise RegistrationDisabledError
        cookie = None
        if flow_type == flows.BROWSER:
            cookie = inbound.cookies.get(self._cookie_name) or csrf.new_cookie()
        flow = fresh_flow.make(
            flow_type,
            inbound=inbound,
            config=config,
            csrf_cookie=cookie,
            public_url=self._public_url,
            now_ms=self._now_ms(),
        )
        await self._insert(flow, config)
        return Started(flow=flow, csrf_cookie=cookie)

    async def find(self, flow_id: str, *, inbound: Inbound, config: IdentityConfig) -> Flow:
        """Return a flow to whoever may see it: a browser's only to that browser.

        Raises FlowNotFoundError, FlowExpiredError, CsrfError.
        """
        flow = await self._load(flow_id, config)
        if flow.type == flows.BROWSER:
            csrf.require_owner(inbound.cookies, flow.csrf_sha256, name=self._cookie_name)
        if flow.expires_at_ms < self._now_ms():
            raise FlowExpiredError
        return flow

    async def submit(self, flow_id: str, *, inbound: Inbound, config: IdentityConfig) -> Outcome:
        """Go through with a flow. Raises what `SignUp.complete` raises of Actions, and CsrfError."""
        if not config.registration_is_enabled:
            raise RegistrationDisabledError
        async with self._turns.of(flow_id):
            flow = await self._load(flow_id, config)
            if flow.expires_at_ms < self._now_ms():
                return await self._replace(flow, inbound=inbound, config=config)
            schema = config.schemas.get(flow.schema_id, config.default_schema)
            content_type = inbound.header("content-type")
            submitted = submission.read(inbound.body, content_type=content_type, fields=schema.fields)
            attempt = _Attempt(flow=flow, schema=schema, submitted=submitted, inbound=inbound, config=config)
            return await self._decide(attempt)

    async def _decide(self, attempt: _Attempt) -> Outcome:
        submitted, config = attempt.submitted, attempt.config
        if (blocked := self._blocked_or_none(attempt)) is not None:
            return await self._refuse_whole(attempt, blocked)
        if submitted.method != PASSWORD:
            return await self._refuse_whole(attempt, messages.no_strategy())
        if not config.password.is_enabled:
            raise MethodDisabledError
        candidate = judge(submitted, schema=attempt.schema, config=config)
        if not isinstance(candidate, Candidate):
            return await self._refuse(attempt, candidate)
        return await self._complete(attempt, candidate)

    async def _complete(self, attempt: _Attempt, candidate: Candidate) -> Outcome:
        try:
            signed_up = await self._sign_up.complete(
                attempt.flow,
                candidate,
                inbound=attempt.inbound,
                config=attempt.config,
                payload=attempt.submitted.transient_payload,
            )
        except DuplicateIdentifierError:
            return await self._refuse_whole(attempt, messages.duplicate_identifier())
        except TraitsChangedError:
            return await self._refuse_whole(attempt, messages.traits_mismatch())
        return Completed(flow=attempt.flow, signed_up=signed_up)

    def _blocked_or_none(self, attempt: _Attempt) -> UiText | None:
        """Return why a native flow can't be submitted from a browser; raise CsrfError on a browser's flow."""
        flow, inbound = attempt.flow, attempt.inbound
        if flow.type == flows.BROWSER:
            csrf.require_owner(inbound.cookies, flow.csrf_sha256, name=self._cookie_name)
            sent = attempt.submitted.csrf_token or inbound.header(csrf.HEADER)
            csrf.require(inbound.cookies, sent, name=self._cookie_name)
            return None
        header = "Origin" if inbound.header("origin") else "Cookie" if inbound.foreign_cookies else None
        return messages.generic(NOT_FOR_BROWSERS.format(header=header)) if header else None

    async def _refuse_whole(self, attempt: _Attempt, message: UiText) -> Refused:
        return await self._refuse(attempt, (Complaint(message=message),))

    async def _refuse(self, attempt: _Attempt, complaints: tuple[Complaint, ...]) -> Refused:
        """Remember what was typed, the password never, and what is wrong with it.

        The form is built anew: nodes that earlier complaints brought along don't pile up.
        """
        flow = attempt.flow
        cookie = attempt.inbound.cookies.get(self._cookie_name) if flow.type == flows.BROWSER else None
        blank = fresh_flow.form(attempt.schema, config=attempt.config, action=flow.ui.action, csrf_cookie=cookie)
        values = nodes.flattened(attempt.submitted.traits, "traits")
        ui = nodes.answered(blank, values=values, complaints=complaints)
        refused = msgspec.structs.replace(flow, ui=ui)
        await self._database.write(lambda connection: flows.save(connection, refused))
        return Refused(flow=refused)

    async def _replace(self, flow: Flow, *, inbound: Inbound, config: IdentityConfig) -> Expired:
        now_ms = self._now_ms()
        cookie = inbound.cookies.get(self._cookie_name) if flow.type == flows.BROWSER else None
        replacement = fresh_flow.instead_of(
            flow, inbound=inbound, config=config, csrf_cookie=cookie, public_url=self._public_url, now_ms=now_ms
        )
        await self._insert(replacement, config)
        return Expired(flow=flow, replacement=replacement, now_ms=now_ms)

    async def _insert(self, flow: Flow, config: IdentityConfig) -> None:
        def transaction(connection: Connection) -> None:
            flows.insert_flow(connection, flow, project_id=config.project_id)

        await self._database.write(transaction)

    async def _load(self, flow_id: str, config: IdentityConfig) -> Flow:
        def query(connection: Connection) -> Flow | None:
            return flows.find_or_none(connection, flow_id.lower(), project_id=config.project_id)

        flow = await self._database.read(query) if ids.is_uuid(flow_id) else None
        if flow is None:
            raise FlowNotFoundError
        return flow

    def _now_ms(self) -> int:
        return epoch_ms(self._clock.now())
