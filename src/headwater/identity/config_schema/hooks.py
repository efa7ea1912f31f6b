"""Lists of hooks, and the requests that hooks and channels send: what each kind of hook may be told. Pure."""

from headwater.actions.known_hooks import (
    NAMES,
    NOTIFY_PREVIOUS_ADDRESSES,
    RECIPIENT_MODES,
    RECIPIENTS,
    REMOVED,
    WEB_HOOK,
)
from headwater.actions.requests import API_KEY, BASIC_AUTH
from headwater.actions.web_hook_shape import API_KEY_PLACES, AUTH_TYPES, ON_ERROR, SIGNING_TYPES
from headwater.identity.config_schema.nodes import (
    Node,
    choice,
    flag,
    members,
    named,
    only_if,
    ours,
    same,
    secret,
    several,
    text,
)
from headwater.net import signing

# A list is run whole at each sign-up, and looked through whole at each patch.
MOST_HOOKS = 100

JSONNET = "base64://e30="
CREDENTIALS = {
    BASIC_AUTH: {"user": secret("The user."), "password": secret("The password.")},
    API_KEY: {
        "name": text("The header's or cookie's name.", sample="X-Api-Key"),
        "value": secret("The key."),
        "in": choice("Where the key goes.", API_KEY_PLACES, what="place for an api_key"),
    },
}


def definitions() -> dict[str, Node]:
    """Return what the other parts of the schema refer to."""
    return {
        "hooks": several(same("hook"), "What runs, in this order.", most=MOST_HOOKS),
        "hook": _hook(),
        "web_hook": _web_hook(),
        "request": members("A request that a message leaves by.", _request(), required=("url",)),
        "migrate_hook": members("The request that asks for a password.", _migrate(), required=("url",)),
        "auth": _auth(),
        "signing": _signing(),
    }


def _hook() -> Node:
    """What a hook may be configured with depends on its name: `config` is judged once that is known."""
    known = {"hook": choice("What runs.", NAMES, what="hook"), "config": {"type": "object"}}
    configs = {
        WEB_HOOK: same("web_hook"),
        NOTIFY_PREVIOUS_ADDRESSES: members("Who is written to.", {RECIPIENTS: _recipients()}),
    }
    rules = [only_if("hook", name, {"properties": {"config": config}}) for name, config in configs.items()]
    rules.append(only_if("hook", WEB_HOOK, {"required": ["config"]}))
    return {**members("One hook.", known, required=("hook",)), "allOf": rules}


def _recipients() -> Node:
    about = "Which of the addresses that somebody had before are told."
    return choice(about, RECIPIENT_MODES, what="choice of recipients", default=REMOVED)


def _web_hook() -> Node:
    response = {
        "ignore": flag("Nobody waits for the answer: the request is queued and sent later.", default=False),
        "parse": flag("The answer may stop the flow, or change the identity, before it is stored.", default=False),
        "on_error": ours(
            choice("What a receiver that is down does to the flow.", ON_ERROR, what="choice", default="fail")
        ),
        "mapping": ours(text("Jsonnet that makes the change of any answer.", sample=JSONNET)),
    }
    known = {
        "id": text("A name to find it by among the deliveries."),
        **_request(),
        "response": members("What becomes of the answer.", response),
        "can_interrupt": flag("The older way to say response.parse.", default=False),
        "emit_analytics_event": flag("Whether the request carries the id of its delivery.", default=True),
        "expose_session_cookie": ours(flag("Whether Jsonnet sees the person's session cookie.", default=False)),
    }
    return members("The request that is sent, and what its answer may do.", known, required=("url", "method"))


def _request() -> dict[str, Node]:
    return {
        "url": text("Where it goes.", sample="https://receiver.example.org/hook"),
        "method": text("The HTTP method.", sample="POST"),
        "headers": named({"type": "string", "writeOnly": True, "examples": ["ada"]}, "Headers that it carries."),
        "body": text("The Jsonnet of its body, as base64://, file:// or https://.", sample=JSONNET),
        "auth": same("auth", "How it says who it is."),
        "signing": ours(same("signing", "Signs what is sent.")),
    }


def _migrate() -> dict[str, Node]:
    return {
        **_request(),
        "emit_analytics_event": flag("Whether the request carries the id of its delivery.", default=True),
    }


def _auth() -> Node:
    node = members(
        "",
        {
            "type": choice("The way.", AUTH_TYPES, what="auth type"),
            "config": {
                "description": "Of basic_auth: user and password. Of api_key: name, value and in.",
                "type": "object",
                "writeOnly": True,
            },
        },
    )
    rules = [
        only_if("type", each, {"properties": {"config": members("", known, required=known)}})
        for each, known in CREDENTIALS.items()
    ]
    # An empty object is as good as none.
    rules.append({"if": {"minProperties": 1}, "then": {"required": ["type", "config"]}})
    return {**node, "allOf": rules}


def _signing() -> Node:
    keys = several(secret("whsec_ and base64.", sample="secret://sample"), "The keys.", most=signing.MAX_KEYS, least=1)
    known = {"type": choice("The way.", SIGNING_TYPES, what="way of signing"), "secrets": {**keys, "writeOnly": True}}
    return members("A signature by Standard Webhooks.", known, required=("type", "secrets"))
