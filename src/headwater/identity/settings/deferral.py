"""The hook `verify_new_address`: a change of an address waits until whoever wants it has proven that it is theirs.

Until then the old one is theirs, signs them in and gets their mail: a stolen session alone takes no account over.
"""

from dataclasses import dataclass

from sqlalchemy import Connection

from headwater.actions.reply import Edit
from headwater.core.clock import Clock, epoch_ms
from headwater.identity.flows.follow_up import FollowUp, OpenVerification
from headwater.identity.flows.visits import Refusal, Visit
from headwater.identity.messages import settings, validation
from headwater.identity.people import accounts, persons
from headwater.identity.people.accounts import Account, Address
from headwater.identity.people.claims import VERIFIABLE
from headwater.identity.people.reshape import Reshaped
from headwater.identity.sessions.whoami import SignedIn
from headwater.identity.settings import pending_changes
from headwater.identity.settings.errors import ChangedMeanwhileError, TooOldError
from headwater.identity.settings.methods import Owner
from headwater.identity.settings.pending_changes import PendingChange, Wanted
from headwater.store.database import Database

NOT_NOW = "This address can't be verified at the moment, so it can't be changed. Please try again later."


@dataclass(frozen=True, slots=True, kw_only=True)
class Proposal:
    """A change that was judged, and that every blocking Action agreed to; `changes` is what those changed in it."""

    owner: Owner
    person: Reshaped
    method: str
    changes: Edit
    signed_in: SignedIn
    is_privileged: bool


class Deferral:
    """One per installation."""

    def __init__(self, *, database: Database, open_verification: OpenVerification, clock: Clock) -> None:
        self._database = database
        self._open_verification = open_verification
        self._clock = clock

    async def wait_or_none(self, visit: Visit, proposal: Proposal) -> FollowUp | None:
        """Store a change that brings a new address as one that waits; None where it brings none.

        Raises TooOldError, Refusal, DuplicateIdentifierError, ChangedMeanwhileError: nothing was stored.
        """
        new = _new(proposal.owner.account, proposal.person.account)
        if not new:
            return None
        if not proposal.is_privileged:
            raise TooOldError
        if len(new) > 1:
            raise Refusal.whole(settings.too_many_address_changes())
        follow_up = await self._open_verification(
            proposal.person.account,
            new[0],
            flow=visit.flow,
            inbound=visit.inbound,
            config=visit.config,
            transient_payload=visit.sent.transient_payload,
        )
        if follow_up is None:
            raise Refusal.whole(validation.generic(NOT_NOW))
        await self._store(visit, proposal, new[0], follow_up)
        return follow_up

    async def _store(self, visit: Visit, proposal: Proposal, address: Address, follow_up: FollowUp) -> None:
        owner, project_id = proposal.owner.account, visit.config.project_id
        change = PendingChange(
            verification_flow_id=follow_up.item["flow"]["id"],
            identity_id=owner.id,
            session_id=proposal.signed_in.session.id,
            settings_flow_id=visit.flow.id,
            address=address.value,
            via=address.via,
            traits_sha256=pending_changes.fingerprint(owner.traits),
            wanted=Wanted(
                method=proposal.method,
                traits=proposal.person.account.traits,
                changes=proposal.changes,
                transient_payload=visit.sent.transient_payload,
            ),
            created_at_ms=epoch_ms(self._clock.now()),
        )

        def transaction(connection: Connection) -> None:
            if accounts.find_or_none(connection, owner.id, project_id=project_id) != owner:
                raise ChangedMeanwhileError
            require_free(connection, proposal.person, project_id=project_id)
            follow_up.store(connection)
            pending_changes.keep(connection, change, project_id=project_id)

        await self._database.write(transaction)


def require_free(connection: Connection, person: Reshaped, *, project_id: str) -> None:
    """Try whether the person could be stored like this, and leave all as it is. Raises DuplicateIdentifierError.

    No code is sent to an address that is somebody else's: its owner would be asked to confirm another's account.
    """
    with connection.begin_nested() as trial:
        persons.save_person(connection, person, project_id=project_id)
        trial.rollback()


def _new(before: Account, after: Account) -> list[Address]:
    had = {(item.via, item.value) for item in before.addresses if item.purpose == VERIFIABLE}
    return [item for item in after.addresses if item.purpose == VERIFIABLE and (item.via, item.value) not in had]
