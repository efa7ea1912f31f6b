"""The URL that somebody leaves to (RFC 6749, 4.1.1): what we ask the provider for. Pure."""

from collections.abc import Mapping

import msgspec

from headwater.core.secrets import Secret
from headwater.identity.providers import pkce
from headwater.web import queries

# What a client may pass on. Not login_hint, which Kratos dropped for a reason: at providers that act on it, whoever
# wrote a link could choose which account somebody signs in with.
UPSTREAM = frozenset({"hd", "prompt", "auth_type", "acr_values"})
MAX_UPSTREAM_LENGTH = 1_024


class Question(msgspec.Struct, frozen=True, kw_only=True):
    """Who asks, for what. `asked` are the parameters of the kind of provider."""

    client_id: str
    redirect_uri: str
    scopes: tuple[str, ...]
    state: str
    nonce: str | None
    verifier: Secret | None
    asked: Mapping[str, str]


def url(endpoint: str, question: Question) -> str:
    """Return where the browser goes."""
    parameters = {
        **question.asked,
        "response_type": "code",
        "client_id": question.client_id,
        "redirect_uri": question.redirect_uri,
        "state": question.state,
    }
    if question.scopes:
        parameters["scope"] = " ".join(question.scopes)
    if question.nonce is not None:
        parameters["nonce"] = question.nonce
    if question.verifier is not None:
        parameters["code_challenge"] = pkce.challenge(question.verifier)
        parameters["code_challenge_method"] = pkce.METHOD
    joint = "&" if "?" in endpoint else "?"
    return f"{endpoint}{joint}{queries.encoded(parameters)}"


def asked(own: Mapping[str, str], upstream: Mapping[str, str], *, is_refresh: bool) -> dict[str, str]:
    """Return the kind's parameters and those that a client may pass on.

    The client's win, but where somebody has to prove that it's them: there `prompt=none` would spare mallory that.
    """
    passed = {name: value for name, value in upstream.items() if name in UPSTREAM and len(value) <= MAX_UPSTREAM_LENGTH}
    return {**passed, **own} if is_refresh else {**own, **passed}
