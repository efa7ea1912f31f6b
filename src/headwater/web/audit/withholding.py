"""What the audit log never gets to know: the secrets that an answer shows once. Pure."""

import re
from typing import Any

import msgspec

WITHHELD = "(withheld)"
# Where an answer has what it shows only now: keys and tokens, codes and links that let one in.
SHOWN_ONCE = frozenset(
    {"key", "value", "token", "session_token", "secret", "password", "code", "link", "recovery_link", "recovery_code"}
)
# Ory's way to mark them, which is ours: wherever one stands, it is none of this log's business.
MARKED = re.compile(rb"(ory_[a-z]{2,16}_|hw_[a-z]{2,16}_)[A-Za-z0-9_-]{16,}")
MARKED_WITHHELD = rb"\1" + WITHHELD.encode()


def from_answer(answer: bytes) -> bytes | None:
    """Return the answer to a change without what it shows only now; None where it is no JSON."""
    try:
        value = msgspec.json.decode(answer)
    except msgspec.DecodeError:
        return None
    if isinstance(value, dict):
        value = {name: _withheld(name, each) for name, each in value.items()}
    return from_document(msgspec.json.encode(value))


def from_document(document: bytes) -> bytes:
    """Return a document without the tokens in it, if there are any."""
    return MARKED.sub(MARKED_WITHHELD, document)


def from_list(document: bytes, name: str) -> bytes:
    """Return a document in which of a list of people is only how many they are."""
    value = msgspec.json.decode(document)
    if isinstance(value, dict) and isinstance(value.get(name), list):
        value[name] = len(value[name])
    return msgspec.json.encode(value)


def _withheld(name: str, value: Any) -> Any:
    return WITHHELD if name in SHOWN_ONCE and isinstance(value, str) else value
