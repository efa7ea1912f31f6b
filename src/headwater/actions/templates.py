"""Where the Jsonnet of an Action comes from: its `body`, a `base64://` text inside the configuration."""

import base64
import binascii

from headwater.actions.errors import UnusableHookError
from headwater.mapping.evaluation import Snippet

SNIPPET_NAME = "body"  # how errors call it; whoever reports one adds the hook's path
BASE64 = "base64://"
FETCHED = ("http://", "https://", "file://")
BASE64_GROUP = 4
URL_SAFE_LETTERS = frozenset("-_")


class Templates:
    """Turns a `body` into a snippet."""

    async def load(self, body: str, *, name: str) -> Snippet:
        """Return the Jsonnet behind `body`; `name` appears in its errors. Raises UnusableHookError."""
        return decode(body, name=name)


EMBEDDED = Templates()


def decode(body: str, *, name: str) -> Snippet:
    """Return the Jsonnet inside a `base64://` text. Line breaks in it are fine; GNU base64 wraps at 76."""
    if not body.startswith(BASE64):
        raise UnusableHookError("must begin with base64:// and carry the Jsonnet itself")
    letters = "".join(body.removeprefix(BASE64).split())
    try:
        text = base64.b64decode(letters, validate=True).decode()
    except binascii.Error:
        raise UnusableHookError(f"is not base64: {_hint(letters)}") from None
    except UnicodeDecodeError:
        raise UnusableHookError("decodes to bytes that are not UTF-8 text; it must be the Jsonnet") from None
    except ValueError:  # letters beyond ASCII
        raise UnusableHookError(f"is not base64: {_hint(letters)}") from None
    if not text.strip():
        raise UnusableHookError("is empty; it must be Jsonnet such as function(ctx) {userId: ctx.identity.id}")
    return Snippet(text, name)


def _hint(letters: str) -> str:
    if URL_SAFE_LETTERS & set(letters):
        return "it uses the URL-safe letters - and _; encode it with the standard alphabet (base64 -w0)"
    if len(letters) % BASE64_GROUP and not letters.endswith("="):
        return "its padding is missing; keep the = signs at the end (base64 -w0)"
    return "encode the Jsonnet with base64 -w0"
