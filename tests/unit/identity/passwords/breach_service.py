"""A service with the documented interface of Pwned Passwords, over TLS on loopback; whoever breaks it is told so."""

import hashlib
import ssl
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

from aiohttp import web
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

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


def certificate(folder: Path) -> tuple[str, ssl.SSLContext]:
    """Return a certificate of our own for localhost, and a server context that uses it."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "localhost")])
    now = datetime.now(UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName("localhost")]), critical=False)
        .sign(key, hashes.SHA256())
    )
    pem = made.public_bytes(serialization.Encoding.PEM).decode()
    secret = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    ).decode()
    path = folder / "both.pem"
    path.write_text(pem + secret)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(path)
    return pem, context
