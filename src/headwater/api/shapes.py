"""How configured things look in the API: frozen values in, JSON-able dicts out, secrets left behind."""

from collections.abc import Mapping
from typing import Any

import msgspec

from headwater.collect import reasons
from headwater.core.clock import from_epoch_ms, iso_ms
from headwater.deliver import catalogue, kept_settings, routing_document
from headwater.workspace import identify_action
from headwater.workspace.configuration import Destination, Source, WriteKey
from headwater.workspace.rejections import Rejection
from headwater.workspace.sources import ORY_ACTIONS
from headwater.workspace.workspaces import Workspace

LINE_ENDS = (b"\n", b"\r")


def at(milliseconds: int) -> str:
    return iso_ms(from_epoch_ms(milliseconds))


def event_body(body: bytes) -> Any:
    """Return a stored event as it is when it is JSON on one line, else what it says; of no JSON its text."""
    try:
        msgspec.json.decode(body, type=msgspec.Raw)
        # A line end inside would break a stream's framing.
        return msgspec.json.decode(body) if any(end in body for end in LINE_ENDS) else msgspec.Raw(body)
    except (msgspec.DecodeError, RecursionError):
        return body.decode(errors="replace")


def source(value: Source) -> dict[str, Any]:
    return {
        "id": value.id,
        "slug": value.slug,
        "name": value.name,
        "kind": value.kind,
        "enabled": value.enabled,
        "strict": value.strict,
        "rate_limit": value.rate_limit,
        "created_at": at(value.created_at_ms),
        "deleted_at": None if value.deleted_at_ms is None else at(value.deleted_at_ms),
        "write_keys": [write_key(one) for one in value.write_keys],
    }


def source_in_full(value: Source) -> dict[str, Any]:
    """Show a source; one of kind `ory-actions` with the Action that feeds it, filled in with its newest key."""
    shown = source(value)
    if value.kind == ORY_ACTIONS and value.write_keys:
        action = identify_action.document(value.write_keys[-1].key, source_slug=value.slug)
        shown |= {"webhook_action": action, "patch_commands": identify_action.patch_commands(action)}
    return shown


def write_key(value: WriteKey) -> dict[str, Any]:
    return {"id": value.id, "key": value.key, "created_at": at(value.created_at_ms)}


def destination(value: Destination, *, slugs: Mapping[str, str]) -> dict[str, Any]:
    """`slugs` names sources by id."""
    return {
        "id": value.id,
        "name": value.name,
        "kind": value.kind,
        "sources": [slugs.get(source_id, source_id) for source_id in value.source_ids],
        "enabled": value.enabled,
        "created_at": at(value.created_at_ms),
        "start": {"offset": value.start_offset + 1},
        "settings": kept_settings.shown(catalogue.kinds().get(value.kind), value.settings),
        **routing_document.shown(value.routing),
    }


def rejection(value: Rejection, *, slugs: Mapping[str, str]) -> dict[str, Any]:
    return {
        "source": slugs.get(value.source_id, value.source_id) or None,
        "code": value.code,
        "meaning": reasons.meaning(value.code),
        "count": value.count,
        "first_at": at(value.first_at_ms),
        "last_at": at(value.last_at_ms),
        "sample": value.sample,
    }


def workspace(value: Workspace) -> dict[str, Any]:
    """Ory's `workspace`: its clients refuse one without `updated_at`, so the day it was made is that, too."""
    made = at(value.created_at_ms)
    return {"id": value.id, "name": value.name, "created_at": made, "updated_at": made}
