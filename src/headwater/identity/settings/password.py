"""Setting a new password."""

from typing import Any

import msgspec

from headwater.core.event import Record
from headwater.core.secrets import Secret
from headwater.identity import lifecycle
from headwater.identity.config.tree import IdentityConfig
from headwater.identity.flows import anonymous, nodes
from headwater.identity.flows.nodes import PASSWORD_GROUP, PASSWORD_NODE, Node
from headwater.identity.flows.visits import Refusal, Visit
from headwater.identity.messages import labels, validation
from headwater.identity.messages.text import Complaint, UiText
from headwater.identity.passwords.hasher import Hasher
from headwater.identity.passwords.judge import PasswordJudge
from headwater.identity.people import credentials, reshape
from headwater.identity.people.credentials import PASSWORD
from headwater.identity.people.reshape import Reshaped
from headwater.identity.people.schema import IdentitySchema
from headwater.identity.settings.methods import Change, Owner

HASHED = "hashed_password"


class PasswordSettings:
    """A SettingsMethod."""

    name = PASSWORD

    def __init__(self, *, hasher: Hasher, judge: PasswordJudge) -> None:
        self._hasher = hasher
        self._judge = judge

    def is_enabled(self, config: IdentityConfig) -> bool:
        return config.methods.password.is_enabled

    def nodes(self, owner: Owner, *, config: IdentityConfig) -> list[Node]:  # noqa: ARG002  SettingsMethod's
        password = nodes.field(
            PASSWORD_NODE,
            type="password",
            group=PASSWORD_GROUP,
            required=True,
            autocomplete="new-password",
            label=labels.password(),
        )
        return [password, nodes.submit(PASSWORD, label=labels.save(), group=PASSWORD_GROUP)]

    def may_need_privilege(self, visit: Visit, owner: Owner) -> bool:  # noqa: ARG002  SettingsMethod's
        return True

    async def judge(self, visit: Visit, owner: Owner, *, now_ms: int) -> Change:
        password = visit.sent.secret(PASSWORD_NODE)
        if visit.sent.complaints:
            raise Refusal(*visit.sent.complaints)
        if not password.reveal():
            raise _refusal(validation.required(PASSWORD_NODE))
        await self._check(visit, owner, password)
        hashed = await self._hasher.hash(password, hashing=visit.config.hashing)
        return self._change(visit, owner, hashed, now_ms=now_ms)

    def resume(self, visit: Visit, owner: Owner, kept: dict[str, Any], *, now_ms: int) -> Change:
        return self._change(visit, owner, Secret(kept[HASHED]), now_ms=now_ms)

    async def _check(self, visit: Visit, owner: Owner, password: Secret) -> None:
        own = next((item for item in owner.credentials if item.type == PASSWORD), None)
        identifiers = own.identifiers if own is not None else ()
        objection = await self._judge.objection_or_none(password, identifiers=identifiers, config=visit.config)
        if objection is not None:
            raise _refusal(objection)
        old = credentials.hashed_password_or_none(own) if own is not None else None
        if old is not None and await self._hasher.verify(password, hashed=old):
            raise _refusal(validation.password_same_as_old())

    def _change(self, visit: Visit, owner: Owner, hashed: Secret, *, now_ms: int) -> Change:
        person = _as_they_are(owner, schema=visit.config.schemas.get(owner.account.schema_id), now_ms=now_ms)

        def event(identity_id: str, moment_ms: int) -> Record:
            return lifecycle.credential_changed(
                identity_id,
                project_id=visit.config.project_id,
                method=PASSWORD,
                flow_type=visit.flow.type,
                now_ms=moment_ms,
                anonymous_id=anonymous.id_or_none(visit.inbound, visit.sent.transient_payload),
            )

        return Change(
            person=reshape.with_password(person, hashed, now_ms=now_ms),
            needs_privilege=True,
            kept={HASHED: hashed.reveal()},  # what the credential would hold, and no clear text
            event=event,
        )


def _as_they_are(owner: Owner, *, schema: IdentitySchema | None, now_ms: int) -> Reshaped:
    """Return the person with the identifiers that their traits give them.

    Whose schema is gone keeps theirs: by another schema's rules they might have none, and never come in again.
    """
    if schema is None:
        account = msgspec.structs.replace(owner.account, updated_at_ms=now_ms)
        return Reshaped(account=account, credentials=owner.credentials)
    traits = owner.account.traits
    return reshape.reshaped(owner.account, owner.credentials, traits=traits, schema=schema, now_ms=now_ms)


def _refusal(message: UiText) -> Refusal:
    return Refusal(Complaint(node=PASSWORD_NODE, message=message))
