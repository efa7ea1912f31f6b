"""What a kind of destination says of itself, as data: one sheet for the API, the CLI, forms and the docs. Pure."""

from typing import Any

from headwater.deliver import patience
from headwater.deliver.destination import Action, Kind

FIELD_KEYS = ("name", "label", "help", "type", "required", "secret", "default", "choices", "least", "most")


def sheet(kind: Kind) -> dict[str, Any]:
    """Return all that may be known of a kind before it is configured. `calls` are the event types it takes."""
    return {
        "name": kind.name,
        "title": kind.title,
        "summary": kind.summary,
        "category": kind.category,
        "beta": kind.is_beta,
        "docs": kind.docs or None,
        "types": sorted(kind.types),
        "fields": [{key: getattr(field, key) for key in FIELD_KEYS} for field in kind.form],
        "actions": [_action(action, kind) for action in kind.actions],
        "dedupe": kind.dedupe or None,
        "deletion": kind.deletion and {"people": kind.deletion.people, "needs": kind.deletion.needs or None},
        "requests_per_second": kind.requests_per_second,
        "concurrency": kind.concurrency,
        "patience": patience.written(kind.patience),
        "limits": [{"text": limit.text, "source": limit.source} for limit in kind.limits],
    }


def _action(action: Action, kind: Kind) -> dict[str, Any]:
    """`batch` is what it is with the settings left as they are, None for one item a request."""
    batch = action.batch({field.name: field.default for field in kind.fields})
    size = {"items": batch.items, "bytes": batch.bytes, "seconds": batch.seconds} if batch.items > 1 else None
    return {"name": action.name, "title": action.title, "batch": size}
