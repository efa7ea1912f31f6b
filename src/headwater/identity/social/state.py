"""OAuth's `state`: which flow somebody left from, and to whom. Sealed, so that nobody else can make one.

It leads to the flow; that it fits is the flow's to say, which remembers its fingerprint until it is back once.
"""

import base64
import binascii

import msgspec

from headwater.core import ids
from headwater.core.errors import BadRequestError
from headwater.core.secrets import Sealer, UnsealError

CONTEXT = "oauth-state"
MAX_LENGTH = 1_024


class BadStateError(BadRequestError):
    """Unable to complete the sign-in, because the state parameter is missing or invalid. Please try again."""

    code = "oauth_state_invalid"


class State(msgspec.Struct, frozen=True, array_like=True):
    """One departure: `secret` makes each its own."""

    kind: str
    flow_id: str
    provider_id: str
    secret: str


_decoder = msgspec.json.Decoder(State)


def new(kind: str, flow_id: str, provider_id: str) -> State:
    return State(kind, flow_id, provider_id, ids.new_token(""))


def seal(state: State, *, sealer: Sealer) -> str:
    """Return the text that travels."""
    sealed = sealer.seal(msgspec.json.encode(state), context=CONTEXT)
    return base64.urlsafe_b64encode(sealed).rstrip(b"=").decode()


def unseal(text: str, *, sealer: Sealer) -> State:
    """Return what came back. Raises BadStateError for anything that isn't ours."""
    if not text or len(text) > MAX_LENGTH:
        raise BadStateError
    try:
        sealed = base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)
        return _decoder.decode(sealer.unseal(sealed, context=CONTEXT))
    except (UnsealError, binascii.Error, ValueError, msgspec.DecodeError):
        raise BadStateError from None
