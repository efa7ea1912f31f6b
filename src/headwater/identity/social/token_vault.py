"""The tokens that a provider gave for somebody: sealed where they are stored, in clear for operators who ask."""

import base64

from headwater.core.secrets import Sealer, Secret
from headwater.identity.people import linked
from headwater.identity.people.credentials import OIDC, Credential
from headwater.identity.people.linked import Entry
from headwater.identity.providers.arrival import Arrival

CONTEXT = "provider-token"


def entry(arrival: Arrival, *, sealer: Sealer) -> Entry:
    """Return the account elsewhere that somebody came back from, as it is stored."""
    tokens = arrival.tokens
    context = _context(arrival.provider_id, arrival.subject)
    return linked.entry(
        arrival.provider_id,
        arrival.subject,
        **{
            linked.ID_TOKEN: _sealed(tokens.id_token, context, sealer),
            linked.ACCESS_TOKEN: _sealed(tokens.access, context, sealer),
            linked.REFRESH_TOKEN: _sealed(tokens.refresh, context, sealer),
        },
    )


def opened(stored: Entry, *, sealer: Sealer) -> Entry:
    """Return an account elsewhere with its tokens in clear: for operators who asked for them, and nobody else."""
    context = _context(stored["provider"], stored["subject"])
    return {**stored, **{name: _clear(stored.get(name) or "", context, sealer) for name in linked.TOKENS}}


def opened_credential(credential: Credential, *, sealer: Sealer) -> Credential:
    """Return a credential of type oidc with its tokens in clear; others as they are."""
    if credential.type != OIDC:
        return credential
    held = [opened(item, sealer=sealer) for item in linked.entries(credential)]
    return linked.with_entries(credential, held, now_ms=credential.updated_at_ms)


def _sealed(token: Secret, context: str, sealer: Sealer) -> str:
    text = token.reveal()
    return base64.b64encode(sealer.seal(text.encode(), context=context)).decode() if text else ""


def _clear(text: str, context: str, sealer: Sealer) -> str:
    return sealer.unseal(base64.b64decode(text), context=context).decode() if text else ""


def _context(provider_id: str, subject: str) -> str:
    """A token of one account doesn't open as another's."""
    return f"{CONTEXT}:{linked.identifier(provider_id, subject)}"
