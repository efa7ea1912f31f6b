"""What a blocking Action would make of somebody, if they were stored now: for operators who try one out. Pure.

The person is the one in ctx, as hooks see them; what happens to them is `edits.edited`, as at a sign-up.
"""

from collections.abc import Iterator
from datetime import datetime
from typing import Any

import msgspec

from headwater.actions.reply import UNREADABLE, Edit
from headwater.core.clock import epoch_ms
from headwater.core.errors import BadRequestError
from headwater.identity.config.tree import IdentityConfig
from headwater.identity.flows import edits
from headwater.identity.people import views
from headwater.identity.people.accounts import ACTIVE, PENDING, Account, Address
from headwater.identity.people.claims import RECOVERY, VERIFIABLE
from headwater.identity.people.reshape import Reshaped

# They change with every change, and tell nothing.
CLOCKWORK = frozenset({"updated_at", "state_changed_at"})
MADE_UP = frozenset({"id", "created_at", "updated_at"})
ADDRESSES = ("verifiable_addresses", "recovery_addresses")


class _Shown(msgspec.Struct, frozen=True, kw_only=True):
    """An address as `views` writes it."""

    value: str
    id: str = ""
    via: str = "email"
    verified: bool = False
    status: str = PENDING
    verified_at: datetime | None = None


class _Person(msgspec.Struct, frozen=True, kw_only=True):
    """An identity as `views` writes it."""

    id: str
    schema_id: str = ""
    state: str = ACTIVE
    traits: dict[str, Any] = {}
    metadata_public: Any = None
    external_id: str | None = None
    verifiable_addresses: tuple[_Shown, ...] | None = None
    recovery_addresses: tuple[_Shown, ...] | None = None


def changes(
    identity: dict[str, Any], edit: Edit, *, config: IdentityConfig, public_url: str, now_ms: int
) -> list[dict[str, Any]]:
    """Return what of `identity` would be different: path, before, after.

    Raises Refusal where the traits would not fit, ActionFailedError where the edit can't be carried out at all,
    BadRequestError where `identity` is none.
    """
    account = _account(identity, config=config, now_ms=now_ms)
    person = Reshaped(account=account, credentials=())
    after = edits.edited(person, edit, config=config, now_ms=now_ms).account
    shown = [_settled(views.identity(one, public_url=public_url)) for one in (account, after)]
    found = list(_differences(shown[0], shown[1], path=""))
    if UNREADABLE in edit:  # hooks may write what they can't read
        found.append({"path": f"/{UNREADABLE}", "before": None, "after": edit[UNREADABLE]})
    return found


def _account(identity: dict[str, Any], *, config: IdentityConfig, now_ms: int) -> Account:
    try:
        known = msgspec.convert(identity, _Person)
    except msgspec.ValidationError as error:
        raise BadRequestError(f"ctx.identity is no identity as Actions see one: {error}") from None
    schema_id = known.schema_id or config.default_schema_id
    return Account(
        id=known.id,
        schema_id=schema_id,
        state=known.state,
        traits=known.traits,
        metadata_public=known.metadata_public,
        external_id=known.external_id,
        addresses=(
            *_addresses(known.verifiable_addresses, VERIFIABLE, now_ms=now_ms),
            *_addresses(known.recovery_addresses, RECOVERY, now_ms=now_ms),
        ),
        state_changed_at_ms=now_ms,
        created_at_ms=now_ms,
        updated_at_ms=now_ms,
    )


def _addresses(shown: tuple[_Shown, ...] | None, purpose: str, *, now_ms: int) -> Iterator[Address]:
    for one in shown or ():
        yield Address(
            id=one.id,
            purpose=purpose,
            via=one.via,
            value=one.value,
            verified=one.verified,
            status=one.status,
            verified_at_ms=epoch_ms(one.verified_at) if one.verified_at else None,
            created_at_ms=now_ms,
            updated_at_ms=now_ms,
        )


def _settled(identity: dict[str, Any]) -> dict[str, Any]:
    """Return it without what is made up anew each time: the ids and times of addresses."""
    lists = {
        name: [{key: value for key, value in one.items() if key not in MADE_UP} for one in identity[name]]
        for name in ADDRESSES
        if name in identity
    }
    return {name: value for name, value in {**identity, **lists}.items() if name not in CLOCKWORK}


def _differences(before: Any, after: Any, *, path: str) -> Iterator[dict[str, Any]]:
    if isinstance(before, dict) and isinstance(after, dict):
        for name in dict.fromkeys([*before, *after]):
            step = name.replace("~", "~0").replace("/", "~1")
            yield from _differences(before.get(name), after.get(name), path=f"{path}/{step}")
    elif before != after:
        yield {"path": path, "before": before, "after": after}
