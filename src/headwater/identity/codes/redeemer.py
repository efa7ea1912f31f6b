"""Takes back what was sent: counts guesses, says whose a right one was. What follows is the flow's business."""

from collections.abc import Callable
from typing import TypeVar

import msgspec
from sqlalchemy import Connection

from headwater.core.clock import Clock, epoch_ms
from headwater.core.secrets import Secret
from headwater.identity.codes import challenges
from headwater.identity.codes.challenges import Challenge, Challenges
from headwater.identity.flows import flow as flows
from headwater.identity.flows.flow import Flow
from headwater.identity.people import accounts
from headwater.identity.people.accounts import Account
from headwater.store.database import Database

Found = TypeVar("Found")

# What people read once a flow's guesses are used up.
TOO_OFTEN = "The request was submitted too often. Please request another code."


class TooManyGuessesError(Exception):
    """The flow's guesses are used up: its code can't be redeemed any more, not even by who has it."""


class NotRedeemedError(Exception):
    """The secret is wrong, used, too old or nobody's: nobody is told which."""


class ExpiredError(NotRedeemedError):
    """The secret is right, and too old. Only links say so: who has their token needn't guess."""

    def __init__(self, challenge: Challenge) -> None:
        super().__init__()
        self.challenge = challenge


class Redeemable(msgspec.Struct, frozen=True):
    """A challenge that was answered, and whose it is. Not used up yet: `Redeemer.use` does that."""

    challenge: Challenge
    account: Account


class Redeemer:
    """One per installation."""

    def __init__(self, *, database: Database, challenges: Challenges, clock: Clock) -> None:
        self._database = database
        self._challenges = challenges
        self._clock = clock

    async def by_code(self, code: Secret, *, flow: Flow, project_id: str, limit: int) -> Redeemable:
        """Return what a code redeems, and whose it is. Raises TooManyGuessesError or NotRedeemedError."""

        def find(connection: Connection) -> Redeemable | None:
            return self._find(connection, code, flow=flow, purpose=flow.kind, project_id=project_id)

        return self._current(await self._guess(flow, find, limit=limit))

    async def answered(self, code: Secret, *, flow: Flow, limit: int) -> Challenge:
        """Return the challenge that a code answers, whoever it is about. Raises as `by_code` does."""

        def find(connection: Connection) -> Challenge | None:
            return self._challenges.find_or_none(connection, code, flow_id=flow.id, purpose=flow.kind)

        challenge = await self._guess(flow, find, limit=limit)
        if challenge is None or challenge.used_at_ms is not None or challenge.expires_at_ms < self._now_ms():
            raise NotRedeemedError
        return challenge

    async def by_opened_code(self, code: Secret, *, flow: Flow, project_id: str, limit: int) -> Redeemable:
        """Return what the code in an opened link redeems. Raises as `by_code` does; a right one is no guess.

        A link is opened by scanners before people come to it: that mustn't use their guesses up.
        """
        found = await self.by_code(code, flow=flow, project_id=project_id, limit=limit)
        await self._database.write(lambda connection: flows.forget_submissions(connection, flow.id))
        return found

    async def by_token(self, token: Secret, *, flow: Flow, project_id: str) -> Redeemable:
        """Return what a link's token redeems. Raises NotRedeemedError. Nobody guesses 256 bits: it isn't counted."""
        purpose = challenges.link_purpose(flow.kind)
        found = await self._database.read(
            lambda connection: self._find(connection, token, flow=flow, purpose=purpose, project_id=project_id)
        )
        return self._current(found)

    def use(self, connection: Connection, redeemable: Redeemable) -> None:
        """Use a challenge up, with all that follows from it. Raises NotRedeemedError if somebody was faster."""
        if not self._challenges.use(connection, redeemable.challenge, now_ms=self._now_ms()):
            raise NotRedeemedError

    async def _guess(self, flow: Flow, find: Callable[[Connection], Found | None], *, limit: int) -> Found | None:
        """Count a guess and look at it, in one transaction: many at the same moment are as many guesses."""

        def transaction(connection: Connection) -> tuple[bool, Found | None]:
            if not flows.count_submission(connection, flow.id, limit=limit):
                return False, None
            return True, find(connection)

        may_guess, found = await self._database.write(transaction)
        if not may_guess:
            raise TooManyGuessesError
        return found

    def _find(
        self, connection: Connection, secret: Secret, *, flow: Flow, purpose: str, project_id: str
    ) -> Redeemable | None:
        challenge = self._challenges.find_or_none(connection, secret, flow_id=flow.id, purpose=purpose)
        if challenge is None or challenge.identity_id is None or challenge.used_at_ms is not None:
            return None
        account = accounts.find_or_none(connection, challenge.identity_id, project_id=project_id)
        return None if account is None else Redeemable(challenge, account)

    def _current(self, found: Redeemable | None) -> Redeemable:
        if found is None:
            raise NotRedeemedError
        if found.challenge.expires_at_ms < self._now_ms():
            raise ExpiredError(found.challenge)
        return found

    def _now_ms(self) -> int:
        return epoch_ms(self._clock.now())
