"""The settings flow: begun, shown, submitted, by the person it is about and nobody else."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import msgspec

from headwater.identity.config.flows_config import SETTINGS
from headwater.identity.config.tree import IdentityConfig
from headwater.identity.flows import answers, nodes, passages
from headwater.identity.flows import flow as flows
from headwater.identity.flows.answers import Answer
from headwater.identity.flows.errors import NotThisPersonError, PrivilegedSessionRequiredError
from headwater.identity.flows.flow import Flow
from headwater.identity.flows.follow_up import FollowUp
from headwater.identity.flows.inbound import Inbound
from headwater.identity.flows.nodes import Node
from headwater.identity.flows.passages import Passages
from headwater.identity.flows.submission import Submission
from headwater.identity.flows.visits import Refusal, Visit
from headwater.identity.messages import settings, validation
from headwater.identity.messages.text import UiText
from headwater.identity.people import views
from headwater.identity.people.accounts import Account
from headwater.identity.people.credentials import DuplicateIdentifierError
from headwater.identity.people.fields import Field
from headwater.identity.providers.arrival import Arrival
from headwater.identity.sessions.whoami import SignedIn, Whoami
from headwater.identity.settings.errors import ChangedMeanwhileError, NotSignedInError, TooOldError
from headwater.identity.settings.keeping import Keeping
from headwater.identity.settings.methods import Change, Onward, Owner, SettingsMethod

MS = 1000
PENDING = "pending"
METHOD = "method"

NO_SESSION = "No active session was found in this request."
TOO_OLD = "The login session is too old and thus not allowed to update these fields. Please re-authenticate."
ANOTHER = "The request was made for another identity and has been blocked for security reasons."
INITIATED = "The request was initiated by someone else and has been blocked for security reasons."
CHANGED = "Your settings were changed elsewhere at the same time. Look at them again, and save once more."


class Settings:
    """A FlowKind, and the Form of its flows."""

    kind = SETTINGS

    def __init__(
        self,
        *,
        passages: Passages,
        keeping: Keeping,
        whoami: Whoami,
        methods: Sequence[SettingsMethod],
        public_url: str,
    ) -> None:
        self._passages = passages
        self._keeping = keeping
        self._whoami = whoami
        self._methods = tuple(methods)
        self._public_url = public_url

    async def start(self, flow_type: str, *, inbound: Inbound, config: IdentityConfig) -> Answer:
        signed_in = await self._signed_in(inbound, config, is_native=flow_type == flows.API)
        account = signed_in.account
        flow = self._blank_for(account, flow_type, inbound=inbound, config=config)
        answer = await self._passages.begin(self, flow, inbound=inbound, config=config)
        return self._with_identity(answer, account)

    async def show(self, flow_id: str, *, inbound: Inbound, config: IdentityConfig) -> Answer:
        signed_in = await self._signed_in(inbound, config, is_native=bool(inbound.header("x-session-token")))
        flow = await self._passages.find(self.kind, flow_id, inbound=inbound, config=config)
        _require_owner(flow, signed_in, reason=ANOTHER)
        return self._with_identity(answers.show(flow, config=config), signed_in.account)

    async def submit(self, flow_id: str, *, inbound: Inbound, config: IdentityConfig) -> Answer:
        signed_in = await self._signed_in(inbound, config, is_native=bool(inbound.header("x-session-token")))

        async def decide(visit: Visit) -> Answer:
            return await self._decide(visit, signed_in)

        def admit(flow: Flow) -> None:
            _require_owner(flow, signed_in, reason=INITIATED)

        answer = await self._passages.submit(self, flow_id, inbound=inbound, config=config, decide=decide, admit=admit)
        owner = await self._keeping.owner_or_none(signed_in.account.id, project_id=config.project_id)
        return self._with_identity(answer, owner.account if owner else signed_in.account)

    async def resume(self, flow_id: str, *, inbound: Inbound, config: IdentityConfig) -> Answer:
        """Go on with what was kept while the person proved again who they are: where that login sends browsers."""
        signed_in = await self._signed_in(inbound, config, is_native=False)
        flow = await self._passages.find(self.kind, flow_id, inbound=inbound, config=config)
        _require_owner(flow, signed_in, reason=ANOTHER)
        pending = flow.memory.get(PENDING)
        if not pending or flow.type != flows.BROWSER or not self._is_privileged(signed_in, config):
            return self._with_identity(answers.show(flow, config=config), signed_in.account)

        async def go_on(visit: Visit) -> Answer:
            method = self._method(pending[METHOD], config)
            owner = await self._owner(signed_in, config)
            outcome = method.resume(visit, owner, pending, now_ms=self._passages.now_ms())
            return await self._made(visit, signed_in, owner, outcome, method=method)

        answer = await self._passages.resubmit(self, flow, inbound=inbound, config=config, decide=go_on)
        return self._with_identity(answer, signed_in.account)

    async def prepared_for(
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
        """Return a flow for somebody who is about to be signed in (recovery); the caller stores it with the session.

        `csrf_cookie` is the one that the caller's answer sets, None for native apps.
        """
        bare = passages.replace_query(inbound)
        flow = self._blank_for(account, flow_type, inbound=bare, config=config)
        flow = msgspec.structs.replace(flow, return_to=return_to)
        return await self._passages.dressed(self, flow, config=config, csrf_cookie=csrf_cookie, messages=messages)

    async def nodes(self, flow: Flow, *, config: IdentityConfig) -> tuple[Node, ...]:
        owner = await self._keeping.owner_or_none(flow.identity_id or "", project_id=config.project_id)
        if owner is None:
            return ()
        enabled = [method for method in self._methods if method.is_enabled(config)]
        return tuple(node for method in enabled for node in method.nodes(owner, config=config))

    def typed(self, sent: Submission) -> Mapping[str, Any]:
        return nodes.flattened(sent.traits, "traits") if sent.traits else {}

    def fields(self, flow: Flow, *, config: IdentityConfig) -> tuple[Field, ...]:
        return config.schema_of(flow.schema_id).fields

    def expired(self, minutes_ago: float, *, expired_at: str, expired_at_unix: int) -> UiText:
        return settings.flow_expired(minutes_ago, expired_at=expired_at, expired_at_unix=expired_at_unix)

    def _blank_for(self, account: Account, flow_type: str, *, inbound: Inbound, config: IdentityConfig) -> Flow:
        return self._passages.blank(
            self,
            flow_type,
            inbound=inbound,
            config=config,
            identity_id=account.id,
            schema_id=config.schema_of(account.schema_id).id,
        )

    async def _decide(self, visit: Visit, signed_in: SignedIn) -> Answer:
        method = self._method(visit.sent.method, visit.config)
        owner = await self._owner(signed_in, visit.config)
        now_ms = self._passages.now_ms()
        if self._is_privileged(signed_in, visit.config) or not method.may_need_privilege(visit, owner):
            outcome = await method.judge(visit, owner, now_ms=now_ms)
            return await self._made(visit, signed_in, owner, outcome, method=method)
        await self._keep(visit, method, owner, now_ms=now_ms)
        raise self._too_old(visit.flow)

    async def complete(
        self, visit: Visit, *, method: SettingsMethod, change: Callable[[Owner], Change], arrival: Arrival
    ) -> Answer:
        """Store a change whose person has been elsewhere for it: it has to be them, and still with a young session.

        Raises Refusal, NotSignedInError, NotThisPersonError, PrivilegedSessionRequiredError.
        """
        signed_in = await self._signed_in(visit.inbound, visit.config, is_native=False)
        _require_owner(visit.flow, signed_in, reason=INITIATED)
        if not self._is_privileged(signed_in, visit.config):
            raise self._too_old(visit.flow)
        owner = await self._owner(signed_in, visit.config)
        return await self._store(visit, signed_in, owner, change(owner), method=method, arrival=arrival)

    async def _made(
        self, visit: Visit, signed_in: SignedIn, owner: Owner, outcome: Change | Onward, *, method: SettingsMethod
    ) -> Answer:
        if isinstance(outcome, Onward):
            return await outcome.go()
        return await self._store(visit, signed_in, owner, outcome, method=method)

    async def _store(
        self,
        visit: Visit,
        signed_in: SignedIn,
        owner: Owner,
        change: Change,
        *,
        method: SettingsMethod,
        arrival: Arrival | None = None,
    ) -> Answer:
        try:
            kept = await self._keeping.store(
                visit,
                owner,
                change,
                method=method.name,
                signed_in=signed_in,
                is_privileged=self._is_privileged(signed_in, visit.config),
                arrival=arrival,
            )
        except DuplicateIdentifierError:
            raise Refusal.whole(validation.duplicate_credentials()) from None
        except ChangedMeanwhileError:
            raise Refusal.whole(validation.generic(CHANGED)) from None
        except TooOldError:
            raise self._too_old(visit.flow) from None
        if kept.is_waiting and kept.follow_up is not None:
            return await self._waiting(visit, kept.follow_up)
        done = msgspec.structs.replace(visit.flow, state=flows.SUCCESS, memory={}, continue_with=())
        answer = await self._passages.advance(self, visit, done, messages=(settings.saved(),), is_done=True)
        return self._ended(answer, visit, method.name, kept.follow_up)

    async def _waiting(self, visit: Visit, follow_up: FollowUp) -> Answer:
        """Show the form as it was, and lead to the proof that the change waits for."""
        flow = msgspec.structs.replace(visit.flow, state=flows.SHOW_FORM, memory={}, continue_with=())
        answer = await self._passages.advance(self, visit, flow, is_done=True)
        body = {**(answer.body or {}), "continue_with": [follow_up.item]}
        return msgspec.structs.replace(answer, body=body, location=follow_up.location)

    def _ended(self, answer: Answer, visit: Visit, method: str, follow_up: FollowUp | None) -> Answer:
        urls = visit.config.flows.by_kind[self.kind].return_urls
        location = visit.flow.return_to or urls.get(method) or urls.get("") or answer.location
        items = [follow_up.item] if follow_up is not None and follow_up.item else []
        if visit.flow.type == flows.BROWSER:
            items = [*items, {"action": "redirect_browser_to", "redirect_browser_to": location}]
        body = {**(answer.body or {}), "continue_with": items} if items else answer.body
        return msgspec.structs.replace(answer, body=body, location=location)

    async def _keep(self, visit: Visit, method: SettingsMethod, owner: Owner, *, now_ms: int) -> None:
        """Remember a browser's change while its person proves again who they are; one that is wrong isn't kept."""
        if visit.flow.type != flows.BROWSER:
            return
        try:
            outcome = await method.judge(visit, owner, now_ms=now_ms)
        except Refusal:
            return
        if outcome.kept is not None:
            memory = {PENDING: {METHOD: method.name, **outcome.kept}}
            await self._passages.save(msgspec.structs.replace(visit.flow, memory=memory))

    def _too_old(self, flow: Flow) -> PrivilegedSessionRequiredError:
        back = f"{self._public_url}/self-service/settings?flow={flow.id}"
        start = f"{self._public_url}/self-service/login/browser"
        location = answers.with_query(start, refresh="true", return_to=back)
        return PrivilegedSessionRequiredError(TOO_OLD, location=location, beside={"redirect_browser_to": location})

    def _is_privileged(self, signed_in: SignedIn, config: IdentityConfig) -> bool:
        age_ms = self._passages.now_ms() - signed_in.session.authenticated_at_ms
        return age_ms <= config.flows.settings_privileged_seconds * MS

    def _method(self, name: str, config: IdentityConfig) -> SettingsMethod:
        method = next((item for item in self._methods if item.name == name), None)
        if method is None or not method.is_enabled(config):
            raise Refusal.whole(settings.no_strategy())
        return method

    async def _owner(self, signed_in: SignedIn, config: IdentityConfig) -> Owner:
        owner = await self._keeping.owner_or_none(signed_in.account.id, project_id=config.project_id)
        if owner is None:
            raise NotSignedInError
        return owner

    async def _signed_in(self, inbound: Inbound, config: IdentityConfig, *, is_native: bool) -> SignedIn:
        found = await self._whoami.find_or_none(inbound, config=config)
        if found is not None:
            return found
        if is_native:
            raise NotSignedInError
        # Back here after signing in: Kratos forgets where somebody was going.
        back = answers.with_query(
            f"{self._public_url}/self-service/settings/browser", return_to=inbound.query.get("return_to")
        )
        location = answers.with_query(f"{self._public_url}/self-service/login/browser", return_to=back)
        raise NotSignedInError(NO_SESSION, location=location)

    def _with_identity(self, answer: Answer, account: Account) -> Answer:
        if answer.body is None or "ui" not in answer.body:
            return answer
        body = {**answer.body, "identity": views.identity(account, public_url=self._public_url)}
        return msgspec.structs.replace(answer, body=body)


def _require_owner(flow: Flow, signed_in: SignedIn, *, reason: str) -> None:
    if flow.identity_id != signed_in.account.id:
        raise NotThisPersonError(reason)
