"""One identify call as the Action makes it, for an example person, to the running server, and did it arrive.

The request is built by the code that builds the Actions' requests, from the same document: what works here
works there.
"""

from typing import Any

from headwater.cli.client import Client, RequestFailedError
from headwater.core.clock import SystemClock
from headwater.core.errors import HeadwaterError
from headwater.workspace.identify_action import IDENTIFY

OK = 200
TRIGGER_HEADER = "Ory-Webhook-Trigger-ID"  # the collector takes it as the message id
EXAMPLE_PERSON: dict[str, Any] = {
    "id": "headwater-connect-test",
    "schema_id": "example",
    "state": "active",
    "traits": {"email": "connect-test@example.com", "name": "Connect Test", "consent": {"newsletter": False}},
}


class NotArrivedError(HeadwaterError):
    """The test event did not arrive."""

    code = "test_not_arrived"


async def send(client: Client, action: dict[str, Any], *, source: dict[str, Any], message_id: str) -> None:
    """Send the example person's identify call and look for it in the log. Raises NotArrivedError with the reason."""
    headers, body = await _render(action)
    answer = await client.forward(IDENTIFY, headers={**headers, TRIGGER_HEADER: message_id}, content=body)
    if answer.status_code != OK:
        raise _not_arrived(f"{IDENTIFY} answered {answer.status_code}: {answer.text[:200]}", source)
    try:
        await client.get("/api/trace", message_id=message_id, source=source["slug"])
    except RequestFailedError as error:
        raise _not_arrived(_why(source) or error.message, source) from error


async def _render(action: dict[str, Any]) -> tuple[dict[str, str], bytes]:
    # Loaded here: Jsonnet's worker processes come with it, and only the test needs them.
    from headwater.actions import occasion, requests, templates  # noqa: PLC0415  lazily loaded
    from headwater.actions.chain import Hook  # noqa: PLC0415  lazily loaded
    from headwater.mapping.sandbox import Sandbox  # noqa: PLC0415  lazily loaded

    context = occasion.context(
        flow={"type": "api"},
        identity=EXAMPLE_PERSON,
        session=None,
        request=occasion.InboundRequest(method="POST", url=action["config"]["url"]),
    )
    hook = Hook(path=action["config"]["id"], name=action["hook"], config=action["config"])
    sandbox = Sandbox(clock=SystemClock())
    await sandbox.start()
    try:
        request = await requests.build_or_none(hook, context, evaluator=sandbox, templates=templates.EMBEDDED)
    finally:
        await sandbox.close()
    if request is None:
        raise NotArrivedError("The Action's Jsonnet cancelled the test call.")
    return dict(request.headers), request.body


def _why(source: dict[str, Any]) -> str | None:
    if not source["enabled"]:
        return f"the source is disabled; `headwater update source {source['slug']} --enable` turns it on"
    return None


def _not_arrived(reason: str, source: dict[str, Any]) -> NotArrivedError:
    return NotArrivedError(
        f"The Action is set, but the test event did not arrive at {source['slug']}: {reason.rstrip('.')}."
    )
