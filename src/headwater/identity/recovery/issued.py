"""Recovery that an operator issues for somebody: a code to be read out, or a link to be handed over; no mail."""

from dataclasses import dataclass

from sqlalchemy import Connection

from headwater.core import ids
from headwater.core.secrets import Secret
from headwater.identity.admin.errors import IdentityNotFoundError
from headwater.identity.admin.shield import Still
from headwater.identity.codes import challenges, links
from headwater.identity.codes.challenges import Challenge, Challenges
from headwater.identity.config.flows_config import CODE, LINK, RECOVERY
from headwater.identity.config.tree import IdentityConfig
from headwater.identity.flows import answers
from headwater.identity.flows import flow as flows
from headwater.identity.flows.errors import MethodDisabledError
from headwater.identity.flows.flow import Flow
from headwater.identity.flows.inbound import Inbound
from headwater.identity.flows.passages import Passages
from headwater.identity.flows.visits import Form
from headwater.identity.people import accounts
from headwater.identity.recovery import support
from headwater.store.database import Database

MS = 1000


@dataclass(frozen=True, slots=True, kw_only=True)
class Issued:
    """What the operator gets, once. `code` is None for links, which are secrets as a whole."""

    link: Secret
    code: Secret | None
    expires_at_ms: int


class Issuing:
    """One per installation."""

    def __init__(
        self, *, database: Database, form: Form, passages: Passages, challenges: Challenges, public_url: str
    ) -> None:
        self._database = database
        self._form = form
        self._passages = passages
        self._challenges = challenges
        self._public_url = public_url

    async def code(
        self,
        identity_id: str,
        *,
        flow_type: str,
        seconds: float | None,
        inbound: Inbound,
        config: IdentityConfig,
        still: Still,
    ) -> Issued:
        """Issue a code and the page to enter it. Raises IdentityNotFoundError, MethodDisabledError, FlowError."""
        if not config.methods.code.is_enabled:
            raise MethodDisabledError
        lasting = config.methods.code.seconds if seconds is None else seconds
        flow = await self._flow(CODE, flow_type, seconds=lasting, inbound=inbound, config=config)
        code = challenges.new_code()
        await self._store(flow, identity_id, code, purpose=RECOVERY, config=config, still=still)
        return Issued(link=Secret(answers.ui_url(flow, config=config)), code=code, expires_at_ms=flow.expires_at_ms)

    async def link(
        self, identity_id: str, *, seconds: float | None, inbound: Inbound, config: IdentityConfig, still: Still
    ) -> Issued:
        """Issue a link that signs its bearer in. Raises IdentityNotFoundError, MethodDisabledError, FlowError."""
        if not config.methods.link.is_enabled:
            raise MethodDisabledError
        lasting = config.methods.link.seconds if seconds is None else seconds
        flow = await self._flow(LINK, flows.BROWSER, seconds=lasting, inbound=inbound, config=config)
        token = challenges.new_link_token()
        purpose = challenges.link_purpose(RECOVERY)
        await self._store(flow, identity_id, token, purpose=purpose, config=config, still=still)
        link = links.with_token(RECOVERY, flow_id=flow.id, token=token, config=config, public_url=self._public_url)
        return Issued(link=link, code=None, expires_at_ms=flow.expires_at_ms)

    async def _flow(
        self, method: str, flow_type: str, *, seconds: float, inbound: Inbound, config: IdentityConfig
    ) -> Flow:
        """Return a flow that belongs to no browser yet: whoever is told the code may go on with it."""
        now_ms = self._passages.now_ms()
        flow = self._passages.blank(
            self._form,
            flow_type,
            inbound=inbound,
            config=support.switched_on(config),
            active=method,
            state=flows.SENT_EMAIL,
            memory={flows.OPEN: True},
            expires_at_ms=now_ms + int(seconds * MS),
        )
        return await self._passages.dressed(self._form, flow, config=config, csrf_cookie=None)

    async def _store(
        self, flow: Flow, identity_id: str, secret: Secret, *, purpose: str, config: IdentityConfig, still: Still
    ) -> None:
        project_id = config.project_id

        def transaction(connection: Connection) -> None:
            if not ids.is_uuid(identity_id):
                raise IdentityNotFoundError
            account = accounts.find_or_none(connection, identity_id.lower(), project_id=project_id)
            if account is None:
                raise IdentityNotFoundError
            still(connection, account.id)
            challenge = Challenge(
                id=ids.new_uuid(),
                flow_id=flow.id,
                purpose=purpose,
                identity_id=account.id,
                # To no address: redeeming it proves none.
                address="",
                via="",
                created_at_ms=flow.issued_at_ms,
                expires_at_ms=flow.expires_at_ms,
            )
            flows.insert_flow(connection, flow, project_id=project_id)
            self._challenges.issue(connection, challenge, secret, project_id=project_id)

        await self._database.write(transaction)
