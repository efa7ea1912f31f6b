"""Accounts and sessions as the world sees them: Ory's JSON.

A credential's configuration passes here only for operators who ask for it.
"""

import functools
from collections.abc import Collection, Sequence
from typing import Any

import msgspec

from headwater.core import clock
from headwater.identity.people import schema
from headwater.identity.people.accounts import ACTIVE, Account, Address
from headwater.identity.people.claims import RECOVERY, VERIFIABLE
from headwater.identity.people.credentials import Credential
from headwater.identity.sessions import sessions
from headwater.identity.sessions.sessions import Device, Method, Session

REMEMBERED_TIMES = 1_024


# One view has the same few instants many times over.
@functools.lru_cache(maxsize=REMEMBERED_TIMES)
def time(milliseconds: int) -> str:
    """Return an instant as RFC 3339 in UTC with `Z`."""
    return clock.iso_ms(clock.from_epoch_ms(milliseconds))


def identity(account: Account, *, public_url: str) -> dict[str, Any]:
    """Return what the person and the Actions may see."""
    verifiable = [_verifiable(address) for address in account.addresses if address.purpose == VERIFIABLE]
    recovery = [_recovery(address) for address in account.addresses if address.purpose == RECOVERY]
    view: dict[str, Any] = {
        "id": account.id,
        "external_id": account.external_id,
        "schema_id": account.schema_id,
        "schema_url": f"{public_url}/schemas/{schema.encoded(account.schema_id)}",
        "state": account.state,
        "state_changed_at": time(account.state_changed_at_ms),
        "traits": account.traits,
        "verifiable_addresses": verifiable or None,
        "recovery_addresses": recovery or None,
    }
    present = {key: value for key, value in view.items() if value is not None}
    return {
        **present,
        "metadata_public": account.metadata_public,
        "created_at": time(account.created_at_ms),
        "updated_at": time(account.updated_at_ms),
        "organization_id": None,
    }


def identity_for_admin(
    account: Account, owned: Sequence[Credential] | None, *, public_url: str, include: Collection[str] = ()
) -> dict[str, Any]:
    """Return what an operator may see: also `metadata_admin` and the credentials, `owned` being None in plain lists.

    A credential's configuration, hashes and tokens included, is there only for the types that were asked for.
    """
    view = identity(account, public_url=public_url)
    view["metadata_admin"] = account.metadata_admin
    if owned:
        view["credentials"] = {item.type: _credential(item, shows_config=item.type in include) for item in owned}
    return view


def session(session: Session, account: Account, *, public_url: str) -> dict[str, Any]:
    """Return a session with its person; never its token."""
    return {
        **_session(session),
        "identity": identity(account, public_url=public_url),
        "devices": [_device(device) for device in session.devices],
    }


def session_for_admin(
    session: Session, account: Account | None, *, public_url: str, now_ms: int, shows_devices: bool
) -> dict[str, Any]:
    """Return a session for operators, with as much beside it as they asked for; one that ended is not active."""
    whose = None if account is None else identity_for_admin(account, None, public_url=public_url)
    is_active = sessions.is_active(session, now_ms=now_ms) and (account is None or account.state == ACTIVE)
    return {
        **_session(session),
        "active": is_active,
        "identity": whose,
        "devices": [_device(device) for device in session.devices] if shows_devices else None,
    }


def _session(session: Session) -> dict[str, Any]:
    return {
        "id": session.id,
        "active": session.active,
        "expires_at": time(session.expires_at_ms),
        "authenticated_at": time(session.authenticated_at_ms),
        "authenticator_assurance_level": session.aal,
        "authentication_methods": [_method(method) for method in session.methods],
        "issued_at": time(session.issued_at_ms),
    }


def _method(method: Method) -> dict[str, Any]:
    view: dict[str, Any] = {
        "method": method.method,
        "aal": method.aal,
        "completed_at": time(method.completed_at_ms),
        "provider": method.provider,
        "upstream_acr": method.upstream_acr,
        "upstream_amr": list(method.upstream_amr),
    }
    return {key: value for key, value in view.items() if value}


def _device(device: Device) -> dict[str, Any]:
    return {
        "id": device.id,
        "ip_address": device.ip_address,
        "user_agent": device.user_agent,
        "location": device.location,
    }


def _verifiable(address: Address) -> dict[str, Any]:
    view = {**_recovery(address), "verified": address.verified, "status": address.status}
    if address.verified_at_ms is not None:
        view["verified_at"] = time(address.verified_at_ms)
    return view


def _recovery(address: Address) -> dict[str, Any]:
    return {
        "id": address.id,
        "value": address.value,
        "via": address.via,
        "created_at": time(address.created_at_ms),
        "updated_at": time(address.updated_at_ms),
    }


def _credential(credential: Credential, *, shows_config: bool) -> dict[str, Any]:
    view: dict[str, Any] = {"type": credential.type, "identifiers": list(credential.identifiers)}
    if shows_config:
        view["config"] = msgspec.json.decode(credential.config.reveal())
    return {
        **view,
        "version": credential.version,
        "created_at": time(credential.created_at_ms),
        "updated_at": time(credential.updated_at_ms),
    }
