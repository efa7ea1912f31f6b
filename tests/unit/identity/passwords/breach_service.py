"""A service with the documented interface of Pwned Passwords, over TLS on loopback; whoever breaks it is told so."""

import hashlib
from dataclasses import dataclass, field

from aiohttp import web

PADDING = [f"{'0' * 32}{number:03X}:0" for number in range(800)]


@dataclass
class BreachService:
    """`counts` are the passwords it knows. `status` and `body` replace its answer."""

    counts: dict[str, int] = field(default_factory=dict)
    status: int = 200
    body: bytes | None = None
    host: str = ""
    seen: list[str] = field(default_factory=list)

    async def answer(self, request: web.Request) -> web.Response:
        prefix = request.match_info["prefix"]
        self.seen.append(f"{request.method} {request.raw_path} {request.headers} {await request.read()!r}")
        as_documented = (
            len(prefix) == 5,
            set(prefix) <= set("0123456789ABCDEF"),
            request.headers.get("Add-Padding") == "true",
            bool(request.headers.get("User-Agent")),
            not request.query_string,
        )
        if not all(as_documented):
            return web.Response(status=400, text="The hash prefix was not in a valid format")
        if self.body is not None:
            return web.Response(status=self.status, body=self.body)
        digests = {digest(password): count for password, count in self.counts.items()}
        known = [f"{whole[5:]}:{count}" for whole, count in digests.items() if whole.startswith(prefix)]
        return web.Response(status=self.status, text="\r\n".join(PADDING[:400] + known + PADDING[400:]))


def digest(password: str) -> str:
    return hashlib.sha1(password.encode()).hexdigest().upper()
