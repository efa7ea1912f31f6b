"""Slack: a message in a channel for what happens, through an incoming webhook."""

from collections.abc import Sequence
from typing import Any

import msgspec

from headwater.core.outcomes import Filtered, NotAuthorised, Outcome, Rejected
from headwater.deliver import text_template
from headwater.deliver.destination import Action, Field, Item, Kind, Limit, Payload, Settings, read_by_general_rule
from headwater.net.outbound import Request, Response

DOCS = "https://docs.slack.dev/messaging/sending-messages-using-incoming-webhooks"
ERRORS = "https://api.slack.com/changelog/2016-05-17-changes-to-errors-for-incoming-webhooks"
MAX_TEXT_CHARS = 40_000
MAX_WORD_CHARS = 100
NO_TRAITS = (
    "NO_MATCHING_MAPPING: identify calls are sent if they have all traits that the setting `identify_traits` names."
)
# What makes a message one; Slack answers no_text to others.
CONTENT = ("text", "blocks", "attachments")
# Nothing gets through until somebody repairs the webhook: the fault is not the event's.
BROKEN_WEBHOOK = frozenset(
    {
        "action_prohibited",
        "channel_is_archived",
        "channel_not_found",
        "invalid_token",
        "no_active_hooks",
        "no_service",
        "no_service_id",
        "no_team",
        "posting_to_general_channel_denied",
        "team_disabled",
    }
)
# Unless the event's own message asked for that channel.
CHANNEL_ERRORS = frozenset({"channel_is_archived", "channel_not_found"})

_encoder = msgspec.json.Encoder()


def payloads(event: dict[str, Any], settings: Settings) -> list[Payload] | Filtered | Rejected:
    """Return the message for an event, by the template of its type. Its values can't ping anybody."""
    traits = _objects(event, "traits")
    if event["type"] == "track":
        template = settings["track_template"]
    elif _has_all(traits, settings["identify_traits"]):
        template = settings["identify_template"]
    else:
        return Filtered(NO_TRAITS)
    scope = {**traits, **event, "name": name_of(event)}
    text = text_template.filled(template, scope, escape=escaped).strip()
    return [{"text": text}] if text else Rejected("message_rejected: the template leaves no text for this event.")


def escaped(text: str) -> str:
    """Return text that Slack shows as it is: `<!channel>` in an event's name must not wake a whole channel."""
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def name_of(event: dict[str, Any]) -> str:
    """Return what to call the person, as Segment's Slack destination does."""
    traits = {**_objects(_objects(event, "context"), "traits"), **_objects(event, "traits")}
    both = " ".join(str(traits[key]) for key in ("firstName", "lastName") if traits.get(key))
    email = _objects(event, "properties").get("email")
    found = traits.get("name") or both or traits.get("username") or email or traits.get("email")
    if found:
        return str(found)
    return f"User {event['userId']}" if event.get("userId") else f"Anonymous user {event.get('anonymousId', '')}"


def _objects(value: dict[str, Any], key: str) -> dict[str, Any]:
    found = value.get(key)
    return found if isinstance(found, dict) else {}


def _has_all(traits: dict[str, Any], names: str) -> bool:
    wanted = [name.strip() for name in names.split(",") if name.strip()]
    return bool(wanted) and all(traits.get(name) is not None for name in wanted)


def refusal(payload: Payload, _settings: Settings) -> str | None:
    """Refuse what Slack would answer `no_text`, or cut."""
    if not any(payload.get(key) for key in CONTENT):
        return "a message needs `text`, `blocks` or `attachments`."
    if len(str(payload.get("text", ""))) > MAX_TEXT_CHARS:
        return f"the text is longer than {MAX_TEXT_CHARS} characters, and Slack would cut it."
    return None


def request(items: Sequence[Item], settings: Settings) -> Request:
    """Return the one message; what it says of channel, name and icon wins over the settings."""
    defaults = {key: settings[key] for key in ("channel", "username", "icon_url") if settings.get(key)}
    return Request(
        method="POST",
        url=settings["url"],
        headers=(("Content-Type", "application/json"),),
        body=_encoder.encode({**defaults, **items[0].payload}),
    )


def read(response: Response, items: Sequence[Item]) -> Outcome:
    """Read the word that Slack answers with: whether the webhook is broken, or this message."""
    word = response.body[:MAX_WORD_CHARS].decode(errors="replace").strip()
    reason = f"Slack answered {response.status} {word}"
    if word in CHANNEL_ERRORS and "channel" in items[0].payload:
        return Rejected(reason, response.status)
    if word in BROKEN_WEBHOOK:
        return NotAuthorised(f"{reason}: make a new webhook, or repair its channel, in Slack.", response.status)
    found = read_by_general_rule(response)
    return Rejected(reason, response.status) if isinstance(found, Rejected) else found


KIND = Kind(
    name="slack",
    title="Slack",
    summary="Posts a message to a channel, from a template, through an incoming webhook.",
    category="messaging",
    docs=DOCS,
    types=frozenset({"identify", "track"}),
    fields=(
        Field(
            name="url",
            label="Webhook URL",
            help="The incoming webhook: https://hooks.slack.com/services/... Whoever has it can post.",
            type="url",
            required=True,
            secret=True,
        ),
        Field(
            name="track_template",
            label="Track template",
            help="The message for a track call: {{event}}, {{properties.plan}}, {{name}} (of the person).",
            default="{{name}} did {{event}}.",
        ),
        Field(
            name="identify_template",
            label="Identify template",
            help="The message for an identify call: {{name}}, {{traits}} or one of them, such as {{email}}.",
            default="Identified user {{name}}. \n{{traits}}",
        ),
        Field(
            name="identify_traits",
            label="Identify only with",
            help="Traits, with commas between: identify calls that have them all are sent. None is sent otherwise.",
            default="",
        ),
        Field(name="channel", label="Channel", help="Another #channel or @person; only legacy webhooks obey."),
        Field(name="username", label="Name", help="The name that posts; only legacy webhooks obey."),
        Field(name="icon_url", label="Icon", help="The picture that posts; only legacy webhooks obey.", type="url"),
    ),
    payloads=payloads,
    actions=(Action(name="post", title="Post message", request=request, read=read, refusal=refusal),),
    limits=(
        Limit(
            text="1 message a second a webhook; short bursts pass",
            source="https://docs.slack.dev/apis/web-api/rate-limits",
        ),
        Limit(
            text="40,000 characters a text; what is longer is cut",
            source="https://api.slack.com/changelog/2018-04-truncating-really-long-messages",
        ),
        Limit(
            text="Errors come as a word: 400 the message, 403, 404 and 410 the webhook or its channel", source=ERRORS
        ),
    ),
    requests_per_second=1.0,
    concurrency=1,
)
