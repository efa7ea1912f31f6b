"""The JSON Schema of the identity-config: all keys that Ory's has, and ours. Built once, of the readers' own tables."""

from headwater.identity.config_schema import courier, flows, hooks, people, process, serving, sessions
from headwater.identity.config_schema.nodes import Node, members

DIALECT = "https://json-schema.org/draft/2020-12/schema"
ABOUT = (
    "The identity-config of a Headwater project: Ory's keys and Headwater's own, which are marked x-headwater. "
    "A key marked x-headwater-without-effect is kept, and followed by nothing."
)


def document() -> Node:
    """Return the schema as a document that stands on its own."""
    known = {
        "identity": people.identity(),
        "selfservice": flows.section(),
        "session": sessions.session(),
        "cookies": sessions.cookies(),
        "courier": courier.section(),
        "hashers": people.hashers(),
        "security": people.security(),
        "serve": serving.serve(),
        "cors_public": serving.cors_public(),
        "clients": serving.clients(),
        "actions": serving.actions(),
        "pages": serving.pages(),
        "feature_flags": process.feature_flags(),
        **process.sections(),
    }
    root = members(ABOUT, known, required=("identity",))
    return {"$schema": DIALECT, "title": "identity-config", **root, "$defs": hooks.definitions()}


SCHEMA = document()
