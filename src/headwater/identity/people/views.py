"""Accounts and sessions as the world sees them: Ory's JSON. No credential's configuration ever passes here."""

from collections.abc import Sequence
from typing import Any

from headwater.core import clock
from headwater.identity.people import schema
from headwater.identity.people.accounts import Account, Address
from headwater.identity.people.claims import RECOVERY, VERIFIABLE
from headwater.identity.people.credentials import Credential
from headwater.identity.sessions.sessions import Session


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


def identity_for_admin(account: Account, owned: Sequence[Credential], *, public_url: str) -> dict[str, Any]:
    """Return what an operator may see: also `metadata_admin`, and the credentials without their secrets."""
    view = identity(account, public_url=public_url)
    if account.metadata_admin is not None:
        view["metadata_admin"] = account.metadata_admin
    if owned:
        view["credentials"] = {credential.type: _credential(credential) for credential in owned}
    return view


def session(session: Session, account: Account, *, public_url: str) -> dict[str, Any]:
    """Return a session with its person; never its token."""
    methods = [
        {"method": method.method, "aal": method.aal, "completed_at": time(method.completed_at_ms)}
        for method in session.methods
    ]
    devices = [
        {
            "id": device.id,
            "ip_address": device.ip_address,
            "user_agent": device.user_agent,
            "location": device.location,
        }
        for device in session.devices
    ]
    return {
        "id": session.id,
        "active": session.active,
        "expires_at": time(session.expires_at_ms),
        "authenticated_at": time(session.authenticated_at_ms),
        "authenticator_assurance_level": session.aal,
        "authentication_methods": methods,
        "issued_at": time(session.issued_at_ms),
        "identity": identity(account, public_url=public_url),
        "devices": devices,
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


def _credential(credential: Credential) -> dict[str, Any]:
    return {
        "type": credential.type,
        "identifiers": list(credential.identifiers),
        "version": credential.version,
        "created_at": time(credential.created_at_ms),
        "updated_at": time(credential.updated_at_ms),
    }
