"""A track call of the story, sent with Segment's official client."""

from typing import Any

from segment.analytics.client import Client

from headwater.cli.demo_expectation import UnmetError

TIMEOUT_SECONDS = 10
RETRIES = 2

# The client asks the environment for proxies; our server is on this machine.
NO_PROXIES = {"http": None, "https": None}


def track(user_id: str, event: str, *, write_key: str, url: str, properties: dict[str, Any]) -> str:
    """Send one event and return its message id. Raises UnmetError when the client could not deliver it."""
    failures: list[str] = []
    client = Client(
        write_key,
        host=url,
        timeout=TIMEOUT_SECONDS,
        max_retries=RETRIES,
        proxies=NO_PROXIES,
        on_error=lambda error, _batch: failures.append(str(error)),
    )
    _is_queued, message = client.track(user_id, event, properties)
    client.shutdown()
    if failures:
        raise UnmetError(expected="the tracking API to accept the event", seen="; ".join(failures))
    return str(message["messageId"])
