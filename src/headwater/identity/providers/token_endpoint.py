"""Redeeming a code for tokens at the provider's token endpoint (RFC 6749, 4.1.3). Used once, by our own server only."""

import base64
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qsl, quote_plus

import msgspec
import structlog

from headwater.core.secrets import Secret
from headwater.identity.providers.arrival import Tokens
from headwater.identity.providers.errors import (
    CodeRefusedError,
    ProviderAnswerError,
    ProviderError,
    misconfigured,
)
from headwater.identity.providers.wire import Wire, host_of, json_object
from headwater.net.outbound import Response
from headwater.web import queries

logger = structlog.get_logger(__name__)

FORM = "application/x-www-form-urlencoded"
BASIC = "client_secret_basic"
POST = "client_secret_post"
MAX_QUOTED = 300
HIDDEN = "***"
# Shorter ones are no secrets, and hiding them would make a sentence unreadable.
MIN_HIDDEN_LENGTH = 6
MAX_REMEMBERED = 256
HTTP_OK = 200


class Client(msgspec.Struct, frozen=True, kw_only=True):
    """Who we are there. `methods` are those the provider takes; None: it doesn't say."""

    id: str
    secret: Secret
    methods: frozenset[str] | None


class Redemption(msgspec.Struct, frozen=True, kw_only=True):
    """One code, and all that proves that it is ours."""

    url: str
    client: Client
    code: Secret
    redirect_uri: str
    verifier: Secret | None

    def secrets(self) -> tuple[Secret, ...]:
        return (self.client.secret, self.code, *([self.verifier] if self.verifier else []))


@dataclass(frozen=True, slots=True, kw_only=True)
class Granted:
    """What the provider gave. `scope` is None if it didn't say, which means: all that was asked (RFC 6749, 5.1)."""

    tokens: Tokens = field(repr=False)
    scope: str | None


class TokenEndpoint:
    """Any provider's."""

    def __init__(self, wire: Wire) -> None:
        self._wire = wire
        # By URL and client: how it let us in, where its metadata don't say.
        self._methods: dict[tuple[str, str], str] = {}

    async def redeem(self, redemption: Redemption) -> Granted:
        """Return the tokens. Raises ProviderError, quoting what the provider said but no secret."""
        method, is_guess = self._method(redemption)
        response = await self._post(redemption, method=method)
        if is_guess and _refuses_client(response):
            # It doesn't say how clients authenticate, and doesn't do it the usual way.
            method = POST
            response = await self._post(redemption, method=method)
        granted = _read(response, redemption)
        if is_guess and len(self._methods) < MAX_REMEMBERED:
            self._methods[redemption.url, redemption.client.id] = method
        return granted

    def _method(self, redemption: Redemption) -> tuple[str, bool]:
        """Return how to authenticate, and whether that is but a guess."""
        methods = redemption.client.methods
        known = self._methods.get((redemption.url, redemption.client.id))
        if methods is None:
            return (known, False) if known else (BASIC, True)
        return (POST if POST in methods and BASIC not in methods else BASIC), False

    async def _post(self, redemption: Redemption, *, method: str) -> Response:
        form = {
            "grant_type": "authorization_code",
            "code": redemption.code.reveal(),
            "redirect_uri": redemption.redirect_uri,
        }
        if redemption.verifier is not None:
            form["code_verifier"] = redemption.verifier.reveal()
        headers: tuple[tuple[str, str], ...] = (("Content-Type", FORM),)
        client = redemption.client
        if not client.secret.reveal():
            form["client_id"] = client.id
        elif method == POST:
            form |= {"client_id": client.id, "client_secret": client.secret.reveal()}
        else:
            headers = (*headers, ("Authorization", _basic(client)))
        return await self._wire.post(redemption.url, headers=headers, body=queries.encoded(form).encode())


def _basic(client: Client) -> str:
    """RFC 6749, 2.3.1: both are form-encoded first, so that a colon in one isn't taken for the end of it."""
    pair = f"{quote_plus(client.id)}:{quote_plus(client.secret.reveal())}"
    return "Basic " + base64.b64encode(pair.encode()).decode()


def _refuses_client(response: Response) -> bool:
    if response.status == 401:  # noqa: PLR2004  HTTP's own number
        return True
    return response.status != HTTP_OK and b"invalid_client" in response.body


def _read(response: Response, redemption: Redemption) -> Granted:
    host = host_of(redemption.url)
    said = _said(response, host=host)
    if said.get("error") or response.status != HTTP_OK:
        raise _refusal(said, response.status, redemption)
    access = _text(said, "access_token")
    if not access:
        raise ProviderAnswerError(f"{host} gave no access token for its code. Please try again later.")
    tokens = Tokens(
        access=Secret(access),
        refresh=Secret(_text(said, "refresh_token")),
        id_token=Secret(_text(said, "id_token")),
    )
    scope = said.get("scope")
    return Granted(tokens=tokens, scope=scope if isinstance(scope, str) else None)


def _said(response: Response, *, host: str) -> dict[str, Any]:
    """Return the answer: JSON, or a form, which some send as in the days before RFC 6749."""
    kind = (response.header("content-type") or "").partition(";")[0].strip().lower()
    if kind == FORM:
        return dict(parse_qsl(response.body.decode(errors="replace"), max_num_fields=100))
    try:
        return json_object(response.body, host=host)
    except ProviderAnswerError:
        if response.status == HTTP_OK:
            raise
        return {}


def _refusal(said: Mapping[str, Any], status: int, redemption: Redemption) -> ProviderError:
    host = host_of(redemption.url)
    error = _text(said, "error")
    quoted = _quoted(said, redemption)
    logger.warning("provider_refused_code", host=host, status=status, said=quoted)
    if error == "invalid_grant":
        return CodeRefusedError(f"{host} did not accept the code of this sign-in{quoted}. Please start again.")
    if error in ("invalid_client", "unauthorized_client"):
        return misconfigured(
            f"{host} does not know this site by its client_id and client_secret{quoted}", todo="correct them"
        )
    if error:
        return ProviderAnswerError(f"{host} refused to complete the sign-in{quoted}. Please start again.")
    return ProviderAnswerError(f"{host} answered with status {status} to its own code. Please try again later.")


def _quoted(said: Mapping[str, Any], redemption: Redemption) -> str:
    """Return what the provider said, in one bounded line, and without any secret that it may have echoed."""
    text = ": ".join(part for part in (_text(said, "error"), _text(said, "error_description")) if part)
    for secret in redemption.secrets():
        if len(secret.reveal()) >= MIN_HIDDEN_LENGTH:
            text = text.replace(secret.reveal(), HIDDEN)
    line = " ".join("".join(letter if letter.isprintable() else " " for letter in text).split())
    return f' ("{line[:MAX_QUOTED]}")' if line else ""


def _text(said: Mapping[str, Any], name: str) -> str:
    value = said.get(name)
    return value if isinstance(value, str) else ""
