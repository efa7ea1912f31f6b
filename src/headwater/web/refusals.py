"""What the front itself answers, before any room has seen the request.

Ory's envelope for Ory's clients, and Segment's `code` and `message` beside it, because which of the two is
asking is not known yet.
"""

from typing import Any

import msgspec

from headwater.core.errors import HeadwaterError
from headwater.web import problems
from headwater.web.call import Reply


def reply(status: int, *, code: str, message: str) -> Reply:
    """Return a refusal that both families of clients can read."""
    body = {**problems.envelope(status, id=code, reason=message), "code": code, "message": message}
    return Reply(status=status, body=msgspec.json.encode(body))


def of(error: HeadwaterError) -> Reply:
    """Return the refusal that an error stands for."""
    return reply(error.status, code=error.code, message=error.message)


async def answer(send: Any, reply: Reply) -> None:
    """Send a whole answer down an ASGI connection, for an application that stands in front of the framework's."""
    headers = [(name.encode("latin-1"), value.encode("latin-1")) for name, value in reply.headers]
    await send({"type": "http.response.start", "status": reply.status, "headers": headers})
    await send({"type": "http.response.body", "body": reply.body})
