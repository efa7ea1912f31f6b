"""A session as a JWT (`tokenize_as`): base claims, the operator's Jsonnet over them, signed with their key."""

import warnings
from typing import Any

import msgspec
from joserfc import jwt
from joserfc.errors import JoseError, SecurityWarning
from joserfc.jwk import Key

from headwater.core import ids
from headwater.core.clock import Clock
from headwater.core.errors import BadRequestError
from headwater.identity.config.session_config import TokenTemplate
from headwater.identity.config.tree import IdentityConfig
from headwater.identity.people.accounts import Account
from headwater.identity.sessions.signing_keys import SigningKeyError, SigningKeys
from headwater.mapping import ext_vars, sources
from headwater.mapping.evaluation import Evaluator, MappingBusyError, MappingError
from headwater.mapping.source_errors import SourceError

EXTERNAL_ID = "external_id"
NAME = "claims_mapper_url"


class TokenizerError(BadRequestError):
    """This session can't be turned into a JWT."""

    code = "tokenizer_failed"


class Tokenizer:
    """Makes JWTs."""

    def __init__(self, *, evaluator: Evaluator, clock: Clock, public_url: str) -> None:
        self._evaluator = evaluator
        self._clock = clock
        self._public_url = public_url
        self._keys = SigningKeys()

    async def tokenize(self, name: str, session: dict[str, Any], *, account: Account, config: IdentityConfig) -> str:
        """Return `session` (Ory's JSON) as the template `name` has it. Raises TokenizerError or SigningKeyError."""
        template = config.session.templates.get(name)
        if template is None:
            raise TokenizerError(f'Unable to find tokenizer template "{name}".')
        key = self._keys.get(template.jwks_url)
        subject = _subject(template, account)
        claims = {**self._base(template, session), "sub": subject}
        if template.claims_mapper_url:
            claims.update(await self._mapped(template.claims_mapper_url, session, claims))
            claims["sub"] = subject  # whatever the mapper says: a token is about whoever is signed in
        return _signed(claims, key)

    def _base(self, template: TokenTemplate, session: dict[str, Any]) -> dict[str, Any]:
        now = int(self._clock.now().timestamp())
        return {
            "jti": ids.new_uuid(),
            "iss": f"{self._public_url}/",
            "exp": now + int(template.seconds),
            "sid": session["id"],
            "nbf": now,
            "iat": now,
        }

    async def _mapped(self, url: str, session: dict[str, Any], claims: dict[str, Any]) -> dict[str, Any]:
        try:
            text = sources.embedded(url, name=NAME).text
            variables = {"session": session, "claims": claims}
            evaluated = await ext_vars.evaluate(self._evaluator, text, name=NAME, variables=variables)
        except MappingBusyError:
            raise  # not the mapper's fault
        except (SourceError, MappingError) as error:
            raise TokenizerError(f"Unable to execute tokenizer JsonNet: {error.message}") from error
        answer = msgspec.json.decode(evaluated)
        mapped = answer.get("claims") if isinstance(answer, dict) else None
        if not isinstance(mapped, dict):
            raise TokenizerError("Expected tokenizer JsonNet to return a claims object but it did not.")
        return mapped


def _signed(claims: dict[str, Any], key: Key) -> str:
    algorithm = str(key.alg)
    header = {"alg": algorithm, "typ": "JWT", **({"kid": key.kid} if key.kid else {})}
    try:
        with warnings.catch_warnings():
            # RFC 9864 calls EdDSA by its curve; Ory's keys, and who verifies them, have the name from before.
            warnings.simplefilter("ignore", SecurityWarning)
            return jwt.encode(header, claims, key, algorithms=[algorithm])
    except (JoseError, ValueError, TypeError):
        raise SigningKeyError("The key of this tokenizer template doesn't fit its alg.") from None


def _subject(template: TokenTemplate, account: Account) -> str:
    if template.subject_source != EXTERNAL_ID:
        return account.id
    if not account.external_id:
        raise TokenizerError(
            "The session's identity does not have an external ID set, but it is required for the subject claim."
        )
    return account.external_id
