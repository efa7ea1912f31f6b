"""What a brought-back code changes: it is used, and its address is proven to be the person's."""

from dataclasses import dataclass

import msgspec
from sqlalchemy import Connection

from headwater.identity import lifecycle
from headwater.identity.codes.challenges import Challenge, Challenges
from headwater.identity.flows import anonymous
from headwater.identity.flows.visits import Refusal
from headwater.identity.login.methods import Attempt
from headwater.identity.messages import login
from headwater.identity.people import accounts
from headwater.identity.people.accounts import Account, Address
from headwater.identity.people.claims import VERIFIABLE
from headwater.identity.people.credentials import CODE
from headwater.log import outbox


@dataclass(frozen=True, slots=True, kw_only=True)
class Proven:
    """A challenge that was answered by its person."""

    account: Account
    challenge: Challenge
    challenges: Challenges
    attempt: Attempt
    now_ms: int

    def verified_account(self) -> Account:
        """Return the person with the address as it will be stored."""
        addresses = tuple(self._verified(item) if self._is_newly(item) else item for item in self.account.addresses)
        return msgspec.structs.replace(self.account, addresses=addresses)

    def store(self, connection: Connection) -> None:
        """Use the code and mark the address, in the transaction of the session. Raises Refusal if it was used."""
        if not self.challenges.use(connection, self.challenge, now_ms=self.now_ms):
            raise Refusal.whole(login.code_invalid_or_used())
        newly = [item for item in self.account.addresses if self._is_newly(item)]
        for address in newly:
            accounts.mark_verified(connection, address.id, now_ms=self.now_ms)
        if newly:
            event = lifecycle.verified(
                self.account.id,
                project_id=self.attempt.config.project_id,
                method=CODE,
                via=self.challenge.via,
                flow_type=self.attempt.flow.type,
                now_ms=self.now_ms,
                anonymous_id=anonymous.id_or_none(self.attempt.inbound, self.attempt.sent.transient_payload),
            )
            outbox.enqueue(connection, [event])

    def _is_newly(self, address: Address) -> bool:
        place = (VERIFIABLE, self.challenge.via, self.challenge.address)
        return (address.purpose, address.via, address.value) == place and not address.verified

    def _verified(self, address: Address) -> Address:
        return msgspec.structs.replace(
            address,
            verified=True,
            status=accounts.COMPLETED,
            verified_at_ms=self.now_ms,
            updated_at_ms=self.now_ms,
        )
