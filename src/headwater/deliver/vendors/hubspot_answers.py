"""Reading HubSpot: which records of a batch failed, and when it wants to be left alone. Pure."""

from collections.abc import Sequence
from http import HTTPStatus
from typing import Any

from headwater.core.outcomes import Delivered, Outcome, Rejected, RetryLater
from headwater.deliver import answers
from headwater.deliver.destination import Item, Reading, SmallerBatch, read_by_general_rule
from headwater.net.outbound import Response

MIGRATING = 477
ALL_TAKEN = b'{"status":"COMPLETE","results":[{}]}'
ROLLING_SECONDS, LOCKED_SECONDS, DAILY_SECONDS = 10.0, 2.0, 3_600.0


def read(response: Response, _items: Sequence[Item] = ()) -> Outcome:
    """Read an answer that is one for all. HubSpot says in words how long a limit lasts, and rarely in a header."""
    found = read_by_general_rule(response)
    if response.status == MIGRATING:
        return RetryLater("HubSpot is moving this account to another place", MIGRATING, _wait(response), is_down=True)
    if isinstance(found, RetryLater) and found.retry_after_seconds is None:
        return RetryLater(found.reason, found.status, _wait(response), is_down=found.is_down)
    said = answers.words(answers.json_object(response).get("message"))
    if isinstance(found, Rejected) and said:
        return Rejected(f"HubSpot: {said}", found.status)
    return found


def read_upsert(response: Response, items: Sequence[Item]) -> Reading:
    """Read what became of each record of a batch: by the trace id that it was sent with."""
    found = read(response)
    if not isinstance(found, Delivered):
        return found
    answer = answers.json_object(response)
    errors = {trace: said for error in _objects(answer.get("errors")) for trace, said in _failed(error)}
    taken = {str(result.get("objectWriteTraceId")) for result in _objects(answer.get("results"))}
    is_whole = response.status == HTTPStatus.OK and not errors and bool(_objects(answer.get("results")))
    traces = traces_of(items)
    return [_outcome(traces[item.payload["id"]], errors, taken, is_whole=is_whole) for item in items]


def traces_of(items: Sequence[Item]) -> dict[str, str]:
    """Return the trace id of each record: HubSpot refuses a batch that has one twice, so these were sent as one."""
    return {item.payload["id"]: item.message_id for item in items}


def _outcome(trace: str, errors: dict[str, str], taken: set[str], *, is_whole: bool) -> Outcome | SmallerBatch:
    if trace in errors:
        return Rejected(f"HubSpot: {errors[trace]}", HTTPStatus.MULTI_STATUS)
    if is_whole or trace in taken:
        return Delivered(HTTPStatus.OK)
    # A success that has no result for a record is none: alone it will say what is wrong, or be rejected.
    return SmallerBatch("HubSpot took the batch and said nothing of this record.", HTTPStatus.MULTI_STATUS)


def _failed(error: dict[str, Any]) -> list[tuple[str, str]]:
    context = error.get("context")
    traces = context.get("objectWriteTraceId") if isinstance(context, dict) else None
    said = answers.words(error.get("message")) or "no reason given"
    return [(str(trace), said) for trace in (traces if isinstance(traces, list) else [traces])]


def _objects(value: Any) -> list[dict[str, Any]]:
    return [one for one in value if isinstance(one, dict)] if isinstance(value, list) else []


def _wait(response: Response) -> float | None:
    """Return how long the limit that was hit lasts."""
    if response.status == HTTPStatus.LOCKED:
        return LOCKED_SECONDS
    general = read_by_general_rule(Response(status=HTTPStatus.TOO_MANY_REQUESTS, headers=response.headers))
    said = general.retry_after_seconds if isinstance(general, RetryLater) else None
    if said is not None or response.status != HTTPStatus.TOO_MANY_REQUESTS:
        return said
    is_daily = answers.json_object(response).get("policyName") == "DAILY"
    return DAILY_SECONDS if is_daily else ROLLING_SECONDS
