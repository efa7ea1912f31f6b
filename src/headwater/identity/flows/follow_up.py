"""What a completed flow leads to: stored in its transaction, told to its client."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol

from sqlalchemy import Connection

from headwater.identity.config.tree import IdentityConfig
from headwater.identity.flows.flow import Flow
from headwater.identity.flows.inbound import Inbound
from headwater.identity.people.accounts import Account, Address

SHOW_VERIFICATION = "show_verification_ui"
SHOW_SETTINGS = "show_settings_ui"
SHOW_RECOVERY = "show_recovery_ui"


@dataclass(frozen=True, slots=True, kw_only=True)
class FollowUp:
    """A flow that was begun for the person. `item` is Ory's `continue_with` entry; browsers may go to `location`.

    `csrf_cookie` is what ties the flow to the person's browser: the answer of the flow that leads to it has to set
    it. None for native apps.
    """

    store: Callable[[Connection], None]
    item: dict[str, Any]
    location: str
    csrf_cookie: str | None = field(default=None, repr=False)


class OpenVerification(Protocol):
    """Begins the verification of a person's address: the flow, the code, the mail, stored with what caused it."""

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
        """Return None if it can't be begun now (too much mail): that stops no sign-up.

        `flow` is the flow that leads to it: its type, its return address and its browser pass on. The mail may name
        the `transient_payload`. `is_pretended`: the person exists already and nobody may learn it; the flow begins
        as always, its code is sent to nobody.
        """
        ...
