"""Somebody on their way to a provider: where they go, and what has to fit when they come back. Data only."""

import msgspec

from headwater.core.secrets import Secret


class Departure(msgspec.Struct, frozen=True, kw_only=True):
    """`url` is where the browser goes. The rest is remembered, sealed, until it is back.

    `nonce` has to be in the ID token, None where the provider makes none. `verifier` is PKCE's (RFC 7636), None
    where the provider doesn't do PKCE. `redirect_uri` is sent again when the code is redeemed.
    """

    url: str
    redirect_uri: str
    nonce: str | None = None
    verifier: Secret | None = None
