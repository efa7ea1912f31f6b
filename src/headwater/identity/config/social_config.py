"""Social sign-in as configured (`selfservice.methods.oidc`): the providers, and what is asked of each. Data only.

`social_reader` reads it: kept apart, so that what describes the kinds of provider may import this.
"""

from dataclasses import dataclass, field
from typing import Any

from headwater.core.secrets import Secret

GENERIC = "generic"
APPLE = "apple"
MICROSOFT = "microsoft"

PKCE_AUTO = "auto"
PKCE_NEVER = "never"
PKCE_FORCE = "force"

FROM_ID_TOKEN = "id_token"  # noqa: S105  where claims come from
FROM_USERINFO = "userinfo"

LINK_CONFIRMED = "confirm_with_existing_credential"
LINK_AUTOMATIC = "automatic"

UPDATE_NEVER = "never"
UPDATE_AUTOMATIC = "automatic"


@dataclass(frozen=True, slots=True, kw_only=True)
class AppleKey:
    """What Apple's client secret is signed with. `private_key` is PEM (PKCS 8, P-256)."""

    team_id: str
    key_id: str
    private_key: Secret


@dataclass(frozen=True, slots=True, kw_only=True)
class ProviderConfig:
    """One provider, as Kratos configures it (reference: embedx/config.schema.json, selfServiceOIDCProvider).

    `kind` is Ory's `provider`. `label` is what people read on its button, the id if it has none. Empty texts where
    something isn't set.
    """

    id: str
    kind: str
    label: str
    client_id: str
    client_secret: Secret
    mapper_url: str
    issuer_url: str = ""
    auth_url: str = ""
    token_url: str = ""
    scopes: tuple[str, ...] = ()
    requested_claims: dict[str, Any] = field(default_factory=dict)
    claims_source: str = FROM_ID_TOKEN
    pkce: str = PKCE_AUTO
    additional_audiences: tuple[str, ...] = ()
    microsoft_tenant: str = ""
    subject_source: str = ""
    apple_key: AppleKey | None = None
    account_linking: str = LINK_CONFIRMED
    update_on_login: str = UPDATE_NEVER
    aal2_acr_values: tuple[str, ...] = ()
    aal2_amr_values: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class SocialMethod:
    """All providers, in the order of their buttons. `base_redirect_uri` is None: our own public URL."""

    is_enabled: bool
    base_redirect_uri: str | None
    providers: tuple[ProviderConfig, ...]

    def provider_or_none(self, provider_id: str) -> ProviderConfig | None:
        """Return one provider by its id."""
        for item in self.providers:
            if item.id == provider_id:
                return item
        return None
