"""Whether one event goes to one destination, and if not, why. Pure.

The steps run in the order of `STEPS`, then the operator's filters, and the first reason wins. Reasons are Segment's
discard codes.
"""

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any

import msgspec

from headwater.core.event import Record, Stored
from headwater.core.outcomes import Filtered, Rejected, RetryLater
from headwater.deliver import consent as consents
from headwater.deliver import moments, senders_wishes
from headwater.deliver.destination import Kind
from headwater.deliver.suppression import Verdict
from headwater.mapping.fql import filters as rules
from headwater.mapping.fql.filters import Dropped, Filter, Kept
from headwater.workspace.configuration import Destination

UNSUPPORTED_EVENT_TYPE = "UNSUPPORTED_EVENT_TYPE"
FILTERED_BY_RULES = "FILTERED_BY_RULES"
FILTERED_BY_INTEGRATIONS_OBJECT = "FILTERED_BY_INTEGRATIONS_OBJECT"
MESSAGE_SENT_CLIENT_SIDE = "MESSAGE_SENT_CLIENT_SIDE"
FILTERED_BY_END_USER_CONSENT = "FILTERED_BY_END_USER_CONSENT"
DESTINATION_WAS_DISABLED = "DESTINATION_WAS_DISABLED"
NOT_CONNECTED = "SOURCE_WAS_NOT_CONNECTED"
INTERNAL = "INTERNAL"
EVENT_TOO_OLD = "EVENT_TOO_OLD"
NO_MATCHING_MAPPING = "NO_MATCHING_MAPPING"
WAREHOUSES = "warehouses"  # the category
MAX_SHOWN = 100
SECONDS_PER_HOUR = 3_600

_decoder = msgspec.json.Decoder(dict[str, Any])


class _Properties(msgspec.Struct):
    project_id: str | None = None


class _Lifecycle(msgspec.Struct):
    properties: _Properties


_lifecycle_decoder = msgspec.json.Decoder(_Lifecycle)


class Send(msgspec.Struct, frozen=True):
    """Yes: this event, decoded, with what filters have left of it."""

    event: dict[str, Any]


class Candidate(msgspec.Struct, frozen=True, kw_only=True):
    """One event before one destination. `suppressed`: what the list of suppressions has to say of its person."""

    record: Record
    event: dict[str, Any]
    destination: Destination
    kind: Kind
    suppressed: Verdict = None


Step = Callable[[Candidate], Verdict]


def is_ours(stored: Stored, *, destination: Destination) -> bool:
    """Events of other sources aren't this destination's business: they are settled without a trace.

    Nor are those that came before their source was connected, or while the destination was switched off.
    """
    source, offset = stored.record.source, stored.offset
    if not is_for(stored.record, destination=destination) or destination.is_paused_at(offset):
        return False
    return offset > destination.connected_at.get(source, 0)


def is_for(record: Record, *, destination: Destination) -> bool:
    """Tell whether an event is of a destination's sources, or of the project whose events it streams."""
    if record.source not in destination.feeds:
        return False
    return destination.project_id is None or _project_of(record) == destination.project_id


def _project_of(record: Record) -> str | None:
    """Return whose lifecycle event this is."""
    try:
        return _lifecycle_decoder.decode(record.body).properties.project_id
    except msgspec.DecodeError:  # nobody's, then: what can't be read is shown to no project
        return None


def connected_source(candidate: Candidate) -> Filtered | None:
    """Drop what waited for another try when its source was taken from the destination."""
    is_connected = is_for(candidate.record, destination=candidate.destination)
    return None if is_connected else Filtered(NOT_CONNECTED)


def supported_type(candidate: Candidate) -> Filtered | None:
    """Drop what this kind has no call for."""
    return None if candidate.record.type in candidate.kind.types else Filtered(UNSUPPORTED_EVENT_TYPE)


def suppression(candidate: Candidate) -> Verdict:
    """Send nothing of people who may not be processed."""
    return candidate.suppressed


def consent(candidate: Candidate) -> Filtered | None:
    """Obey the person: each category of the destination needs their yes, where the event tells what they agreed to."""
    refused = consents.refused(candidate.event, candidate.destination.routing.consent_categories)
    if not refused:
        return None
    return Filtered(f"{FILTERED_BY_END_USER_CONSENT}: they have not agreed to {', '.join(refused)}.")


def integrations_object(candidate: Candidate) -> Filtered | None:
    """Obey the sender, who knows the destination by its name, else by its kind's title."""
    event, keys = candidate.event, _keys(candidate)
    if candidate.kind.category == WAREHOUSES:
        is_refused = senders_wishes.refuses_warehouse(event, keys, warehouse_id=candidate.destination.id)
    else:
        is_refused = senders_wishes.refuses(event, keys)
    return Filtered(FILTERED_BY_INTEGRATIONS_OBJECT) if is_refused else None


def sent_client_side(candidate: Candidate) -> Filtered | None:
    """Send nothing a second time that the browser or app has sent there itself."""
    is_sent = senders_wishes.has_sent(candidate.event, _keys(candidate))
    return Filtered(MESSAGE_SENT_CLIENT_SIDE) if is_sent else None


def _keys(candidate: Candidate) -> tuple[str, str]:
    return (candidate.destination.name, candidate.kind.title)


STEPS: tuple[Step, ...] = (
    connected_source,
    supported_type,
    suppression,
    consent,
    integrations_object,
    sent_client_side,
)


def decide(
    record: Record,
    *,
    destination: Destination,
    kind: Kind,
    filters: Sequence[Filter] = (),
    suppressed: Verdict = None,
) -> Send | Filtered | Rejected | RetryLater:
    """Decide about an event that is ours."""
    try:
        event = _decoder.decode(record.body)
    except msgspec.DecodeError as error:
        return Rejected(f"{INTERNAL}: the stored event is not a JSON object ({error}).")
    candidate = Candidate(record=record, event=event, destination=destination, kind=kind, suppressed=suppressed)
    for step in STEPS:
        reason = step(candidate)
        if reason is not None:
            return reason
    kept = rules.apply(event, filters)
    return Send(kept.event) if isinstance(kept, Kept) else Filtered(_filtered(kept))


def unless_too_old(send: Send, *, now: datetime, max_age_seconds: float) -> Send | Filtered:
    """Drop what happened so long ago that the tool would drop it, or say that it happened later."""
    happened = moments.moment(send.event.get("timestamp"))
    if happened is None or (now - happened).total_seconds() <= max_age_seconds:
        return send
    hours = max_age_seconds / SECONDS_PER_HOUR
    return Filtered(f"{EVENT_TOO_OLD}: the tool takes what happened in the last {hours:g} hours.")


def _filtered(dropped: Dropped) -> str:
    """Return Segment's code, and which filter it was and why."""
    name = dropped.filter.title or dropped.filter.expression.text
    return f"{FILTERED_BY_RULES}: {name[:MAX_SHOWN]}: {dropped.reason}"
