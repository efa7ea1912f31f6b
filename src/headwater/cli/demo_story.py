"""The founding story, step by step: from an empty folder to a tool, and how to ask where an event went."""

import json
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

from headwater.cli import demo_documents, demo_people, demo_provider, demo_social, demo_tracking
from headwater.cli.demo_expectation import UnmetError, equal, until
from headwater.cli.demo_people import ADA, DOROTHY, GRACE, KATHERINE, Person
from headwater.cli.demo_receiver import Delivery
from headwater.cli.demo_stage import Stage
from headwater.workspace import identify_action

ARRIVAL_SECONDS = 15.0
GLOBAL_HOOK = f"{identify_action.AFTER_REGISTRATION}/0"
PASSWORD_HOOK = "/selfservice/flows/registration/after/password/hooks/0"  # noqa: S105  a path
SOURCE = "website"
EVENT = "Order Completed"
SOCIAL_SIGN_IN = "Dorothy signs up with her account at a provider, and the same Action fires"


def play(stage: Stage) -> None:
    """Play all steps. Raises UnmetError at the first thing that is not as expected."""
    step = stage.screen.step
    with step("A server starts; a source and a webhook destination are made"):
        write_key, project_id = _set_up(stage)
    with step("Customers have an e-mail address, a name and a newsletter consent"):
        _set_schema(stage, project_id)
    with step("The Action of Ory's Segment guide is set, for every method"):
        action = _write(stage, "webhook-action.json", identify_action.document(write_key, source_slug=SOURCE))
        _add_action(stage, project_id, GLOBAL_HOOK, action)
    with step("Ada registers, and the Action fires"):
        ada = _register(stage, ADA)
    with step("The identify call is stored and reaches the webhook destination"):
        identified = {ada: _arrived(stage, ADA, ada)}
    identified |= _sign_up_elsewhere(stage, project_id, write_key)
    with step("The guide's other form, for the password method alone: Grace registers"):
        _move_action(stage, project_id, action)
        grace = _register(stage, GRACE)
        identified[grace] = _arrived(stage, GRACE, grace)
    with step("A tool is down; Katherine registers nevertheless, and it hears of her later"):
        katherine = _register_while_down(stage, project_id)
        identified[katherine] = _arrived(stage, KATHERINE, katherine)
    with step("A track call from Segment's Python client takes the same road"):
        tracked = _track(stage, ada, write_key)
    with step("Where is my event? One command tells"):
        _trace_all(stage, [*identified.values(), tracked])
        _check_once(stage, identified)


def _set_up(stage: Stage) -> tuple[str, str]:
    stage.screen.command("headwater serve --listen 127.0.0.1:0 &")
    seconds = stage.server.start()
    stage.receiver.open()
    stage.screen.note(f"ready in {seconds:.2f} s, at {stage.server.url}")
    stage.shell.run("update", "workspace", "--set", "tracking_aliases=true")
    source = stage.shell.document("create", "source", SOURCE)
    setting = f"url={stage.receiver.url}"
    stage.shell.document("create", "destination", "webhook", "--source", source["slug"], "--set", setting)
    status = stage.shell.document("get", "status")
    return source["write_keys"][0]["key"], status["project"]["id"]


def _set_schema(stage: Stage, project_id: str) -> None:
    schemas = json.dumps(demo_documents.identity_schemas(), separators=(",", ":"))
    replacements = ("--replace", f"/identity/schemas={schemas}", "--replace", '/identity/default_schema_id="customer"')
    shown = (
        f'patch identity-config {project_id} --replace \'/identity/schemas=[{{"id":"customer","url":"base64://…"}}]\''
        " --replace '/identity/default_schema_id=\"customer\"'"
    )
    stage.shell.run("patch", "identity-config", project_id, *replacements, shown=shown)


def _write(stage: Stage, name: str, action: dict[str, Any]) -> Path:
    path = stage.folder / name
    path.write_text(json.dumps(action, indent=2) + "\n")
    stage.screen.command(f"cat {name}")
    stage.screen.document(action)
    return path


def _add_action(stage: Stage, project_id: str, pointer: str, action: Path) -> None:
    stage.shell.run(
        *("patch", "identity-config", project_id, "--format", "yaml"),
        *("--add", f"{pointer}={action.read_text().strip()}"),
        shown=f'patch identity-config {project_id} --add "{pointer}=$(cat {action.name})" --format yaml',
    )


def _sign_up_elsewhere(stage: Stage, project_id: str, write_key: str) -> dict[str, str]:
    """Play the step, if there is a provider to play with. Return whose identify call it made, and its message id."""
    if not demo_provider.is_installed():
        stage.screen.left_out(SOCIAL_SIGN_IN, how=demo_provider.HOW_TO_GET_IT)
        return {}
    with stage.screen.step(SOCIAL_SIGN_IN):
        dorothy = demo_social.sign_up(stage, project_id, write_key=write_key)
        return {dorothy: _arrived(stage, DOROTHY, dorothy)}


def _move_action(stage: Stage, project_id: str, action: Path) -> None:
    # Away from the global list first: each person's call shall arrive once, by the list this step shows.
    stage.shell.run("patch", "identity-config", project_id, "--remove", GLOBAL_HOOK)
    _add_action(stage, project_id, PASSWORD_HOOK, action)


def _register(stage: Stage, person: Person) -> str:
    identity_id = demo_people.register(person, url=stage.server.url)
    stage.screen.note(f"{person.name} <{person.email}> registered with a password: identity {identity_id}")
    return identity_id


def _arrived(stage: Stage, person: Person, identity_id: str) -> str:
    """Wait for the person's identify call, show it, and return its message id."""
    expected = f"{person.name}'s identify call at the webhook destination"
    delivery = stage.receiver.wait_for(_is_identify(identity_id), expected=expected, timeout_seconds=ARRIVAL_SECONDS)
    stage.screen.note("the webhook destination received:")
    stage.screen.document(delivery.body)
    traits = {"email": person.email, "name": person.name, "newsletterConsent": person.wants_newsletter}
    equal(traits, delivery.body.get("traits"), what=f"{person.name}'s traits")
    return str(delivery.body["messageId"])


def _register_while_down(stage: Stage, project_id: str) -> str:
    action = _write(stage, "welcome-action.json", demo_documents.welcome_action(stage.late_receiver.url))
    _add_action(stage, project_id, PASSWORD_HOOK, action)
    stage.screen.note(f"nobody listens at {stage.late_receiver.url}")
    identity_id = _register(stage, KATHERINE)
    equal([], stage.late_receiver.matching(lambda _: True), what="calls while the tool is down")
    stage.late_receiver.open()
    stage.screen.note("now the tool is up")
    is_hers = _is_about(identity_id)
    expected = "the queued call about Katherine"
    delivery = stage.late_receiver.wait_for(is_hers, expected=expected, timeout_seconds=ARRIVAL_SECONDS)
    stage.screen.note("it received:")
    stage.screen.document(delivery.body)
    return identity_id


def _track(stage: Stage, user_id: str, write_key: str) -> str:
    properties = {"orderId": "50314b8e", "revenue": 39.95, "currency": "EUR"}
    message_id = demo_tracking.track(user_id, EVENT, write_key=write_key, url=stage.server.url, properties=properties)
    delivery = stage.receiver.wait_for(
        lambda delivery: delivery.body.get("messageId") == message_id,
        expected="the track call at the webhook destination",
        timeout_seconds=ARRIVAL_SECONDS,
    )
    stage.screen.document(
        {key: delivery.body.get(key) for key in ("type", "event", "userId", "properties", "messageId")}
    )
    equal(EVENT, delivery.body.get("event"), what="the event's name")
    return message_id


def _trace_all(stage: Stage, message_ids: list[str]) -> None:
    for message_id in message_ids:
        stage.screen.document(_delivered_trace(stage, message_id))


def _delivered_trace(stage: Stage, message_id: str) -> dict[str, Any]:
    """Ask until the attempt is on record: the receiver knows of a delivery a moment before we do."""
    arguments = ("get", "trace", message_id, "--source", SOURCE)
    first: dict[str, Any] = stage.shell.document(*arguments)

    def look() -> dict[str, Any] | None:
        trace = stage.shell.document(*arguments, shown="")
        return trace if _is_delivered(trace) else None

    if _is_delivered(first):
        return first
    return until(look, expected="a delivered event", timeout_seconds=ARRIVAL_SECONDS, clock=stage.clock)


def _is_delivered(trace: dict[str, Any]) -> bool:
    deliveries = trace["deliveries"]
    if len(deliveries) != 1:
        raise UnmetError(expected="one row, for the one destination", seen=f"{len(deliveries)} rows")
    return bool(deliveries[0]["state"] == "delivered")


def _check_once(stage: Stage, identity_ids: Iterable[str]) -> None:
    for identity_id in identity_ids:
        equal(1, len(stage.receiver.matching(_is_identify(identity_id))), what=f"identify calls of {identity_id}")
    queued = stage.late_receiver.matching(lambda _: True)
    equal(1, len(queued), what="calls at the tool that was down")
    stage.screen.note("every call arrived exactly once")


def _is_about(identity_id: str) -> Callable[[Delivery], bool]:
    return lambda delivery: isinstance(delivery.body, dict) and delivery.body.get("userId") == identity_id


def _is_identify(identity_id: str) -> Callable[[Delivery], bool]:
    is_about = _is_about(identity_id)
    return lambda delivery: is_about(delivery) and delivery.body.get("type") == "identify"
