"""What the receivers of blocking Actions change of somebody, before they are stored (reference/ory.md 1.7)."""

from typing import Any

from headwater.actions.errors import ActionFailedError
from headwater.actions.reply import EXTERNAL_ID, Edit
from headwater.actions.runner import Check, reason_of
from headwater.identity.admin import bodies, drafts
from headwater.identity.admin.bodies import AddressImport, UpdateBody
from headwater.identity.admin.errors import BadIdentityError
from headwater.identity.config.tree import IdentityConfig
from headwater.identity.flows.errors import FlowError
from headwater.identity.flows.visits import Refusal
from headwater.identity.messages import validation
from headwater.identity.messages.text import Complaint
from headwater.identity.people.bounds import TooLargeError
from headwater.identity.people.reshape import Reshaped

CAN_NOT_BE_STORED = "What the receiver changes can't be stored. "


def edited(person: Reshaped, changes: Edit, *, config: IdentityConfig, now_ms: int) -> Reshaped:
    """Return the person as changed: what is named is replaced whole, identifiers and addresses follow the traits.

    Raises Refusal for traits that don't fit the schema, ActionFailedError for anything else that can't be.
    """
    if not changes:
        return person
    account = person.account
    _require_fit(changes.get("traits", account.traits), changes.get("schema_id", account.schema_id), config=config)
    body = UpdateBody(
        schema_id=changes.get("schema_id", account.schema_id),
        traits=changes.get("traits", account.traits),
        verifiable_addresses=_addresses(changes),
        metadata_public=changes.get("metadata_public", account.metadata_public),
        metadata_admin=changes.get("metadata_admin", account.metadata_admin),
        state=changes.get("state", account.state),
        external_id=changes.get(EXTERNAL_ID, account.external_id),
    )
    try:
        return drafts.changed(account, person.credentials, body, config=config, now_ms=now_ms)
    except (BadIdentityError, FlowError, TooLargeError) as error:
        raise ActionFailedError from error


def check(person: Reshaped, *, config: IdentityConfig, now_ms: int) -> Check:
    """Return what tells an operator why changes of the person can't be stored."""

    def objection_or_none(changes: Edit) -> str | None:
        try:
            edited(person, changes, config=config, now_ms=now_ms)
        except Refusal as refusal:
            return CAN_NOT_BE_STORED + "; ".join(_in_the_clear(item) for item in refusal.complaints)
        except ActionFailedError as error:
            return CAN_NOT_BE_STORED + reason_of(error)
        return None

    return objection_or_none


def _in_the_clear(complaint: Complaint) -> str:
    """Return a complaint without values: whoever may read that a hook failed may not thereby read traits."""
    text = "does not fit the schema" if complaint.message.id == validation.GENERIC else complaint.message.text
    return f"{complaint.node}: {text}" if complaint.node else text


def _addresses(changes: Edit) -> tuple[AddressImport, ...] | None:
    """Return what is known of addresses now. One that the traits don't hold won't be theirs."""
    found: list[dict[str, Any]] | None = changes.get("verifiable_addresses")
    try:
        return None if found is None else bodies.converted(found, tuple[AddressImport, ...])
    except BadIdentityError as error:
        raise ActionFailedError from BadIdentityError(f"verifiable_addresses: {error.message}")


def _require_fit(traits: dict[str, Any], schema_id: str, *, config: IdentityConfig) -> None:
    schema = config.schema_of(schema_id)
    complaints = schema.validate(traits) or schema.claims(traits).complaints
    if complaints:
        raise Refusal(*complaints)
