"""The addresses that stand in mails. Built on what the operator configured only: a Host header is anybody's to set."""

from headwater.core.secrets import Secret
from headwater.identity.config.tree import IdentityConfig
from headwater.identity.flows.answers import with_query


def with_token(kind: str, *, flow_id: str, token: Secret, config: IdentityConfig, public_url: str) -> Secret:
    """Return the link that goes through with a flow by being opened."""
    return Secret(with_query(_base(kind, config, public_url), flow=flow_id, token=token.reveal()))


def with_code(kind: str, *, flow_id: str, code: Secret, config: IdentityConfig, public_url: str) -> Secret:
    """Return the link that opens a flow with its code filled in."""
    return Secret(with_query(_base(kind, config, public_url), code=code.reveal(), flow=flow_id))


def _base(kind: str, config: IdentityConfig, public_url: str) -> str:
    base = (config.methods.link.base_url or public_url).rstrip("/")
    return f"{base}/self-service/{kind}"
