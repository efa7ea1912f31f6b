"""The userinfo endpoint (OpenID Connect Core 5.3): what the provider says of somebody who has an ID token of it."""

from typing import Any

from headwater.core import secrets
from headwater.core.secrets import Secret
from headwater.identity.providers.discovery import Metadata
from headwater.identity.providers.errors import misconfigured, refused
from headwater.identity.providers.id_tokens import Expected, IdTokens
from headwater.identity.providers.wire import Wire, host_of, json_object, require_ok

JWT = "application/jwt"
MAX_USERINFO_BYTES = 64 * 1024


def bearer(access: Secret) -> tuple[str, str]:
    """Return the header that an access token travels in."""
    return ("Authorization", f"Bearer {access.reveal()}")


class Userinfo:
    """Any provider's."""

    def __init__(self, wire: Wire, *, id_tokens: IdTokens) -> None:
        self._wire = wire
        self._id_tokens = id_tokens

    async def said(
        self, metadata: Metadata, access: Secret, *, id_claims: dict[str, Any], client_id: str
    ) -> dict[str, Any]:
        """Return what is said of the person of the ID token, and of nobody else. Raises ProviderError."""
        if not metadata.userinfo_endpoint:
            raise misconfigured(
                f"{host_of(metadata.issuer)} has no userinfo endpoint", todo="set claims_source to id_token"
            )
        host = host_of(metadata.userinfo_endpoint)
        response = await self._wire.get(
            metadata.userinfo_endpoint, headers=(bearer(access),), max_bytes=MAX_USERINFO_BYTES
        )
        require_ok(response, host=host)
        kind = (response.header("content-type") or "").partition(";")[0].strip().lower()
        if kind == JWT:
            token = Secret(response.body.decode("ascii", errors="replace"))
            said = await self._signed(token, metadata, client_id=client_id)
        else:
            said = json_object(response.body, host=host)
        _require_same_person(said, id_claims)
        return {"iss": id_claims["iss"], **said}

    async def _signed(self, token: Secret, metadata: Metadata, *, client_id: str) -> dict[str, Any]:
        """Such an answer says by whom and for whom it is (5.3.2), and needn't say until when."""
        expected = Expected(
            issuers=None,
            audiences=(client_id,),
            algorithms=metadata.algorithms,
            jwks_uri=metadata.jwks_uri,
        )
        said, _ = await self._id_tokens.signed(token, expected=expected)
        audience = said.get("aud", client_id)
        if said.get("iss", metadata.issuer) != metadata.issuer or client_id not in (
            audience if isinstance(audience, list) else [audience]
        ):
            raise refused("audience", "what came from userinfo is made by or for somebody else")
        return said


def _require_same_person(said: dict[str, Any], id_claims: dict[str, Any]) -> None:
    """OpenID Connect Core 16.11: an access token that was swapped on its way would bring somebody else's claims."""
    subject = said.get("sub")
    if not isinstance(subject, str) or not secrets.is_same(subject, id_claims["sub"]):
        raise refused("subject", "userinfo speaks of another person than the ID token (sub)")
