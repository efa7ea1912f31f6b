"""`session` and `cookies`: how long a session lives, in which cookie, and as which tokens. Pure."""

from headwater.identity.config.session_config import DEFAULT_SESSION_COOKIE, SAME_SITE, SUBJECTS
from headwater.identity.config_schema import flows
from headwater.identity.config_schema.hooks import JSONNET
from headwater.identity.config_schema.nodes import (
    Node,
    choice,
    duration,
    flag,
    idle,
    members,
    named,
    secret,
    text,
)

SECURE = "cookies are Secure when --public-url begins with https://"


def session() -> Node:
    """Return `session`."""
    template = {
        "ttl": duration("How long a token is good.", default="1m"),
        "jwks_url": secret("The key that signs, as base64://.", sample=JSONNET),
        "claims_mapper_url": text("Jsonnet of its claims.", sample=JSONNET),
        "subject_source": choice("What `sub` is.", SUBJECTS, what="subject", default="id"),
    }
    listed = named(members("One kind of token.", template, required=("jwks_url",)), "By name.")
    whoami = {
        "required_aal": flows.required_aal("How strong a session must be."),
        "tokenizer": members("Sessions as JWT.", {"templates": listed}),
    }
    cookie = {
        **_cookie(),
        "name": text("Its name.", default=DEFAULT_SESSION_COOKIE),
        "persistent": flag("Whether it outlives the browser.", default=True),
    }
    known = {
        "lifespan": duration("How long a session lives.", default="24h"),
        "earliest_possible_extend": duration("How near its end it may be extended."),
        "cookie": members("The session cookie; what it lacks is in `cookies`.", cookie),
        "whoami": members("What a session is asked for, and gives.", whoami),
    }
    return members("Sessions.", known)


def cookies() -> Node:
    """Return `cookies`."""
    return members("Every cookie.", _cookie())


def _cookie() -> dict[str, Node]:
    return {
        "domain": text("The host and all below it, such as example.org.", sample="example.org"),
        "path": text("The path that it is sent to.", default="/"),
        "same_site": choice("Who may have it sent.", SAME_SITE, what="SameSite value", default="Lax"),
        # Kratos takes it as a text, too.
        "secure": idle({**flag("Only over https."), "type": ["boolean", "string"]}, SECURE),
    }
