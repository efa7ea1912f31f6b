"""The life that all kinds of flow share: begun, shown to whoever may see it, submitted once at a time, begun anew.

What differs (which nodes, what a submit means) is a `Form`'s business. Methods say no by raising `Refusal`; the
flow then shows what was typed, secrets never, and what is wrong with it.
"""

import asyncio
from collections.abc import Callable
from typing import Any

import msgspec
from sqlalchemy import Connection

from headwater.core import clock, ids, secrets
from headwater.core.clock import Clock, epoch_ms
from headwater.core.errors import BadRequestError, TooManyRequestsError
from headwater.identity.config.tree import IdentityConfig
from headwater.identity.flows import answers, csrf, flow_counts, nodes, return_to, submission
from headwater.identity.flows import flow as flows
from headwater.identity.flows.answers import Answer
from headwater.identity.flows.beginning import Beginnings
from headwater.identity.flows.errors import FlowDisabledError, FlowError, FlowExpiredError, FlowNotFoundError
from headwater.identity.flows.flow import Flow
from headwater.identity.flows.flow_counts import FlowCounts
from headwater.identity.flows.inbound import Inbound
from headwater.identity.flows.nodes import Ui
from headwater.identity.flows.submission import Submission
from headwater.identity.flows.turns import Turns
from headwater.identity.flows.visits import Admit, Decide, Form, Refusal, Visit
from headwater.identity.messages import validation
from headwater.identity.messages.text import Complaint, UiText
from headwater.identity.sessions import cookies
from headwater.store.database import Database

MS = 1000
MS_A_MINUTE = 60_000
MAX_REQUEST_URL = 2_048

NO_FLOW = "The flow query parameter is missing or malformed."
NOT_FOR_BROWSERS = (
    'The HTTP Request Header included the "{header}" key, indicating that this request was made by a Browser. The '
    "flow however was initiated as an API request. To prevent potential misuse and mitigate several attack vectors "
    "including CSRF, the request has been blocked."
)


class UnknownSchemaError(BadRequestError):
    """There is no identity schema with this id that people may choose."""

    code = "unknown_identity_schema"


class Passages:
    """One per installation."""

    def __init__(
        self, *, database: Database, clock: Clock, beginnings: Beginnings, public_url: str, counts: FlowCounts
    ) -> None:
        self._database = database
        self._beginnings = beginnings
        self._clock = clock
        self._public_url = public_url
        self._cookie_name = csrf.cookie_name(public_url)
        self._turns = Turns()
        self._counts = counts

    def blank(self, form: Form, flow_type: str, *, inbound: Inbound, config: IdentityConfig, **more: Any) -> Flow:
        """Return a flow that is not stored yet. `more` are further members of `Flow`.

        Raises FlowDisabledError, UnknownSchemaError or ReturnToForbiddenError.
        """
        require_enabled(form.kind, config)
        flow_id = ids.new_uuid()
        chosen = inbound.query.get("identity_schema") or None
        now_ms = self.now_ms()
        wanted = inbound.query.get("return_to")
        flow = Flow(
            id=flow_id,
            kind=form.kind,
            type=flow_type,
            schema_id=_schema_id(chosen, config),
            identity_schema=chosen,
            request_url=inbound.url[:MAX_REQUEST_URL],  # anyone may start a flow, and each is stored
            return_to=return_to.checked(wanted, public_url=self._public_url, allowed=config.allowed_return_urls),
            ui=Ui(action=f"{self._public_url}/self-service/{form.kind}?flow={flow_id}", method="POST", nodes=()),
            issued_at_ms=now_ms,
            expires_at_ms=now_ms + int(config.flows.by_kind[form.kind].seconds * MS),
            state=flows.FIRST_STATES.get(form.kind, flows.CHOOSE_METHOD),
        )
        return msgspec.structs.replace(flow, **more)

    async def begin(
        self,
        form: Form,
        flow: Flow,
        *,
        inbound: Inbound,
        config: IdentityConfig,
        messages: tuple[UiText, ...] = (),
        csrf_cookie: str | None = None,
    ) -> Answer:
        """Store a blank flow and show it. A browser keeps its anti-CSRF cookie over its flows: two tabs don't part it.

        `csrf_cookie` is the one that this very answer sets, when it has to be a new one.
        """
        cookie = None
        if flow.type == flows.BROWSER:
            cookie = csrf_cookie or inbound.cookies.get(self._cookie_name) or csrf.new_cookie()
        flow = await self.insert(form, flow, inbound=inbound, config=config, csrf_cookie=cookie, messages=messages)
        answer = answers.show(flow, config=config)
        if cookie is None:
            return answer
        return answers.with_cookies(answer, cookies.for_csrf(cookie, config, public_url=self._public_url))

    async def insert(
        self,
        form: Form,
        flow: Flow,
        *,
        inbound: Inbound,
        config: IdentityConfig,
        csrf_cookie: str | None,
        messages: tuple[UiText, ...] = (),
    ) -> Flow:
        """Store a blank flow with its form, tied to the browser that holds `csrf_cookie`.

        Raises what an Action raises that stands before it: then there is no flow.
        """
        flow = await self.dressed(form, flow, config=config, csrf_cookie=csrf_cookie, messages=messages)
        begun = await self._beginnings.run(flow, inbound=inbound, config=config)

        def transaction(connection: Connection) -> None:
            flows.insert_flow(connection, flow, project_id=config.project_id)
            begun.store(connection)

        # A form that was begun promises nothing, and whoever loses it to a power cut begins another; an Action is owed.
        await self._database.write(
            transaction, survives_power_cut=begun.is_anything, is_one_statement=not begun.is_anything
        )
        begun.stored()
        if flow.sweeps:
            await self._database.write(
                lambda connection: flows.sweep(connection, now_ms=flow.issued_at_ms), survives_power_cut=False
            )
        self._counts.begun[flow.kind, flow.type] += 1
        return flow

    async def dressed(
        self,
        form: Form,
        flow: Flow,
        *,
        config: IdentityConfig,
        csrf_cookie: str | None,
        messages: tuple[UiText, ...] = (),
    ) -> Flow:
        """Return the flow with the form of its present state; nothing is stored."""
        token = "" if csrf_cookie is None else csrf.token(csrf_cookie)
        found = await form.nodes(flow, config=config)
        ui = msgspec.structs.replace(flow.ui, nodes=nodes.with_csrf(found, token), messages=messages)
        owner = None if csrf_cookie is None else secrets.fingerprint(csrf_cookie)
        return msgspec.structs.replace(flow, ui=ui, csrf_sha256=owner)

    async def find(self, kind: str, flow_id: str, *, inbound: Inbound, config: IdentityConfig) -> Flow:
        """Return a flow to whoever may see it: a browser's only to that browser.

        Raises FlowNotFoundError, FlowExpiredError, CsrfError.
        """
        flow = await self.load(kind, flow_id, config=config)
        if flow.type == flows.BROWSER and not flow.is_open:
            csrf.require_owner(inbound.cookies, flow.csrf_sha256, name=self._cookie_name)
        if flow.expires_at_ms < self.now_ms():
            raise self._expired(flow)
        return flow

    def _expired(self, flow: Flow) -> FlowExpiredError:
        """Return the refusal that says where to begin anew."""
        start = f"{self._public_url}/self-service/{flow.kind}"
        if flow.type == flows.API:
            return FlowExpiredError(details={"api": f"{start}/api"})
        location = answers.with_query(f"{start}/browser", return_to=flow.return_to)
        return FlowExpiredError(location=location, details={"redirect_to": location, "return_to": flow.return_to or ""})

    async def load(self, kind: str, flow_id: str, *, config: IdentityConfig) -> Flow:
        """Return a flow, expired or not, asking nobody who they are. Raises FlowNotFoundError."""

        def query(connection: Connection) -> Flow | None:
            return flows.find_or_none(connection, flow_id.lower(), kind=kind, project_id=config.project_id)

        flow = await self._database.glance(query, is_one_statement=True) if ids.is_uuid(flow_id) else None
        if flow is None:
            raise FlowNotFoundError
        return flow

    async def submit(
        self,
        form: Form,
        flow_id: str,
        *,
        inbound: Inbound,
        config: IdentityConfig,
        decide: Decide,
        admit: Admit | None = None,
    ) -> Answer:
        """Let a submit through to `decide`, one at a time per flow, or answer that it is late, wrong or not allowed.

        `admit` is asked before anything of the flow is shown or changed: some flows are one person's.
        """
        require_enabled(form.kind, config)
        if not ids.is_uuid(flow_id):
            raise FlowError(NO_FLOW)
        async with self._turns.of(flow_id.lower()):
            flow = await self.load(form.kind, flow_id, config=config)
            if admit is not None:
                admit(flow)
            if flow.expires_at_ms < self.now_ms():
                return await self.restart(form, flow, inbound=inbound, config=config)
            fields = form.fields(flow, config=config)
            sent = submission.read(inbound.body, content_type=inbound.header("content-type"), fields=fields)
            visit = Visit(flow=flow, sent=sent, inbound=inbound, config=config)
            try:
                self._guard(visit)
                answer = await decide(visit)
                self._counts.submitted[flow.kind, flow_counts.TAKEN] += 1
                return answer
            except Refusal as refusal:
                return await self._refuse(form, visit, refusal.complaints)
            except TooManyRequestsError as error:
                if not inbound.is_browser:
                    raise
                # A person keeps their form and reads why; a program needs the status.
                return await self._refuse(form, visit, (Complaint(message=validation.generic(error.message)),))

    async def resubmit(
        self,
        form: Form,
        flow: Flow,
        *,
        inbound: Inbound,
        config: IdentityConfig,
        decide: Decide,
        sent: Submission | None = None,
    ) -> Answer:
        """Go on with what an earlier submit of the same browser left in the flow's memory: nothing is sent now.

        The caller has found the flow by `find`, so it is this browser's. `sent` is what that submit had sent.
        """
        async with self.turn_of(flow.id):
            return await self.go_on(form, flow, inbound=inbound, config=config, decide=decide, sent=sent)

    def turn_of(self, flow_id: str) -> asyncio.Lock:
        """Return what whoever finds a flow and goes on with it holds meanwhile (`async with`)."""
        return self._turns.of(flow_id)

    async def go_on(
        self,
        form: Form,
        flow: Flow,
        *,
        inbound: Inbound,
        config: IdentityConfig,
        decide: Decide,
        sent: Submission | None = None,
    ) -> Answer:
        """Do what `resubmit` does, where the flow's turn is the caller's."""
        visit = Visit(flow=flow, sent=sent or Submission(), inbound=inbound, config=config)
        try:
            return await decide(visit)
        except Refusal as refusal:
            return await self._refuse(form, visit, refusal.complaints)

    async def save(self, flow: Flow, *, survives_power_cut: bool = True) -> None:
        """Store what has changed in a flow."""
        await self._database.write(
            lambda connection: flows.save(connection, flow),
            survives_power_cut=survives_power_cut,
            is_one_statement=True,
        )

    async def advance(
        self,
        form: Form,
        visit: Visit,
        flow: Flow,
        *,
        status: int = answers.OK,
        messages: tuple[UiText, ...] = (),
        store: Callable[[Connection], None] | None = None,
        is_done: bool = False,
    ) -> Answer:
        """Store the flow's next state, its form built anew, and show it. `store` shares the transaction.

        `is_done`: what was typed is stored now, so the form shows what is, not what was typed.
        """
        cookie = self.csrf_cookie_of(visit)
        advanced = await self.dressed(form, flow, config=visit.config, csrf_cookie=cookie, messages=messages)
        values = {} if is_done else {**nodes.kept(flow.ui), **form.typed(visit.sent)}
        typed = msgspec.structs.replace(
            advanced, ui=nodes.answered(advanced.ui, values=values, complaints=(), messages=messages)
        )

        def transaction(connection: Connection) -> None:
            if store is not None:
                store(connection)
            flows.save(connection, typed)

        await self._database.write(transaction)
        return answers.show(typed, config=visit.config, status=status)

    async def restart(
        self,
        form: Form,
        flow: Flow,
        *,
        inbound: Inbound,
        config: IdentityConfig,
        messages: tuple[UiText, ...] | None = None,
    ) -> Answer:
        """Begin a fresh flow where `flow` was begun, and say that the old one expired."""
        now_ms = self.now_ms()
        if messages is None:
            expired_at = clock.iso_ms(clock.from_epoch_ms(flow.expires_at_ms))
            minutes_ago = (now_ms - flow.expires_at_ms) / MS_A_MINUTE
            unix = flow.expires_at_ms // MS
            messages = (form.expired(minutes_ago, expired_at=expired_at, expired_at_unix=unix),)
        bare = replace_query(inbound, identity_schema=flow.identity_schema)
        fresh = self.blank(
            form,
            flow.type,
            inbound=bare,
            config=config,
            request_url=flow.request_url,
            return_to=flow.return_to,
            identity_id=flow.identity_id,
            refresh=flow.refresh,
            requested_aal=flow.requested_aal,
        )
        cookie = None
        if flow.type == flows.BROWSER:
            cookie = inbound.cookies.get(self._cookie_name) or csrf.new_cookie()
        fresh = await self.insert(form, fresh, inbound=inbound, config=config, csrf_cookie=cookie, messages=messages)
        answer = answers.expired(flow, replacement=fresh, config=config, now_ms=now_ms)
        if cookie is None:
            return answer
        return answers.with_cookies(answer, cookies.for_csrf(cookie, config, public_url=self._public_url))

    def csrf_cookie_of(self, visit: Visit) -> str | None:
        """Return the cookie that the visit's browser holds; native flows have none."""
        return visit.inbound.cookies.get(self._cookie_name) if visit.flow.type == flows.BROWSER else None

    def now_ms(self) -> int:
        return epoch_ms(self._clock.now())

    def _guard(self, visit: Visit) -> None:
        """Refuse a native flow that comes from a browser; raise CsrfError for a browser's flow from elsewhere."""
        flow, inbound = visit.flow, visit.inbound
        if flow.is_open:
            return
        if flow.type == flows.BROWSER:
            csrf.require_owner(inbound.cookies, flow.csrf_sha256, name=self._cookie_name)
            sent = visit.sent.text("csrf_token") or inbound.header(csrf.HEADER)
            if sent or not _may_lack_token(visit):
                csrf.require(inbound.cookies, sent, name=self._cookie_name)
            return
        header = "Origin" if inbound.header("origin") else "Cookie" if inbound.foreign_cookies else None
        if header:
            raise Refusal.whole(validation.generic(NOT_FOR_BROWSERS.format(header=header)))

    async def _refuse(self, form: Form, visit: Visit, complaints: tuple[Complaint, ...]) -> Answer:
        """Remember what was typed and what is wrong with it.

        The form is built anew: nodes that earlier complaints brought along don't pile up.
        """
        cookie = self.csrf_cookie_of(visit)
        # A method may have moved the flow on before it said no: what is stored now is what counts.
        flow = await self.load(form.kind, visit.flow.id, config=visit.config)
        earlier = nodes.kept(flow.ui)
        flow = await self.dressed(form, flow, config=visit.config, csrf_cookie=cookie)
        self._counts.submitted[flow.kind, flow_counts.REFUSED] += 1
        values = {**earlier, **form.typed(visit.sent)}
        ui = nodes.answered(flow.ui, values=values, complaints=complaints)
        refused = msgspec.structs.replace(flow, ui=ui)
        await self._database.write(lambda connection: flows.save(connection, refused))
        return answers.refused(refused, config=visit.config)


def require_enabled(kind: str, config: IdentityConfig) -> None:
    """Raise FlowDisabledError unless the project has this kind of flow."""
    if not config.flows.by_kind[kind].is_enabled:
        raise FlowDisabledError(DISABLED.get(kind))


DISABLED = {
    "registration": "Registration is not allowed because it was disabled.",
    "recovery": "Recovery is not allowed because it was disabled.",
    "verification": "Verification is not allowed because it was disabled.",
}


def replace_query(inbound: Inbound, **query: str | None) -> Inbound:
    """Return the same request with another query: whatever the new flow shall be begun with."""
    return msgspec.structs.replace(inbound, query={name: value for name, value in query.items() if value})


def continuing(fresh: Flow, old: Flow) -> Flow:
    """Return a new flow as the one that goes on for an old one: begun where that was, and leading where that led."""
    return msgspec.structs.replace(fresh, request_url=old.request_url, return_to=old.return_to)


def _may_lack_token(visit: Visit) -> bool:
    """Ory's own interface links and unlinks accounts without a token, because Kratos asks for none there.

    A form of another site can't send JSON. Its scripts may only where CORS lets them, and then they may read the token.
    """
    return (
        visit.sent.method == submission.OIDC
        and submission.media_type(visit.inbound.header("content-type")) == submission.JSON
    )


def _schema_id(chosen: str | None, config: IdentityConfig) -> str:
    if chosen is None or chosen == config.default_schema_id:
        return config.default_schema_id
    schema = config.schemas.get(chosen)
    if schema is None or not schema.is_selectable:
        raise UnknownSchemaError
    return schema.id
