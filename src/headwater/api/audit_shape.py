"""How an entry of the audit log looks in the API. Pure."""

from typing import Any

from headwater.api import shapes
from headwater.workspace import document_diff
from headwater.workspace.audit.documents import Document
from headwater.workspace.audit.entries import Entry

FIRST_REFUSAL, FIRST_FAILURE = 400, 500
DONE, REFUSED, FAILED, UNKNOWN = "done", "refused", "failed", "unknown"

GONE = "What was there before and after was about a person, and went with them."
NOTHING = "What was there before and after isn't known: the API has no answer that shows it."
TOO_LONG = "It was too long to be kept whole: of what is cut, only the beginning is here, and no differences."


def entry(value: Entry) -> dict[str, Any]:
    return {
        "number": value.number,
        "at": shapes.at(value.at_ms),
        "who": {"id": value.who_id, "name": value.who_name, "role": value.role},
        "via": value.via,
        "method": value.method,
        "path": value.path,
        "permission": value.permission,
        "project_id": value.project_id,
        "subject": value.subject,
        "outcome": _outcome(value.status),
        "status": value.status,
        "ended_at": None if value.ended_at_ms is None else shapes.at(value.ended_at_ms),
        "error": value.error,
    }


def in_full(value: Entry, documents: tuple[Document | None, Document | None] | None) -> dict[str, Any]:
    """Show an entry with what was there before and after, and what is different between the two."""
    before, after = documents or (None, None)
    is_done = _outcome(value.status) == DONE
    return {
        **entry(value),
        "before": None if before is None else before.value,
        "after": None if after is None else after.value,
        "changes": _changes(before, after) if is_done else [],
        "note": _note(value, documents),
    }


def _outcome(status: int | None) -> str:
    if status is None:
        return UNKNOWN
    if status < FIRST_REFUSAL:
        return DONE
    return REFUSED if status < FIRST_FAILURE else FAILED


def _changes(before: Document | None, after: Document | None) -> list[dict[str, Any]]:
    """Return what is different, in the manner of JSON Patch: what is new is one `add`, what is gone one `remove`."""
    if any(one is not None and one.is_cut for one in (before, after)):
        return []
    if before is None:
        return [] if after is None else [{"op": "add", "path": "", "to": after.value}]
    if after is None:
        return [{"op": "remove", "path": "", "from": before.value}]
    return document_diff.diff(before.value, after.value)


def _note(value: Entry, documents: tuple[Document | None, Document | None] | None) -> str | None:
    if documents is None:
        return GONE if value.subject else NOTHING
    return TOO_LONG if any(one is not None and one.is_cut for one in documents) else None
