"""Microsoft Entra ID and Microsoft accounts: one set of metadata for many tenants, each of which is an issuer."""

import re
from collections.abc import Mapping
from typing import Any

from headwater.core import ids
from headwater.identity.config.social_config import ProviderConfig
from headwater.identity.providers.claims import SUBJECT, Claims
from headwater.identity.providers.discovery import Metadata, Source
from headwater.identity.providers.errors import IdTokenUnsupportedError, misconfigured, refused
from headwater.identity.providers.kinds.kind import Caller, Kind

BASE = "https://login.microsoftonline.com"
ME = "https://graph.microsoft.com/v1.0/me"
TEMPLATE = "{tenantid}"
GUID = "[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}"
ISSUERS = re.compile(rf"{re.escape(BASE)}/({GUID}|{re.escape(TEMPLATE)})/v2\.0")
# A GUID, a domain, or common, organizations, consumers.
TENANT = re.compile(r"[0-9A-Za-z][0-9A-Za-z.-]{0,252}")
ORGANIZATIONS = "organizations"
# The tenant of all personal accounts, as Microsoft documents it.
PERSONAL = "9188040d-6c67-4c5b-b112-36a304b66dad"
FROM_ME, FROM_OID = "me", "oid"


def _source(provider: ProviderConfig) -> Source:
    tenant = provider.microsoft_tenant.strip()
    if not TENANT.fullmatch(tenant):
        raise misconfigured(
            f'The provider "{provider.id}" has no usable microsoft_tenant',
            todo="set it to a tenant's id or domain, or to common, organizations or consumers",
        )
    return Source(base=f"{BASE}/{tenant}/v2.0", issuers=ISSUERS)


def _issuers(metadata: Metadata, said: Mapping[str, Any], provider: ProviderConfig) -> tuple[str, ...]:
    """Return the issuer that the token's tenant is, if people of that tenant may come.

    Of one tenant the metadata name the issuer. Those of many tenants leave a gap for the tenant's id.
    """
    tenant = said.get("tid")
    if not isinstance(tenant, str) or not ids.is_uuid(tenant):
        raise refused("issuer", "it names no tenant (tid)")
    if provider.microsoft_tenant.strip() == ORGANIZATIONS and tenant == PERSONAL:
        raise refused("issuer", "it is of a personal account, and only those of organizations may sign in here")
    return (metadata.issuer.replace(TEMPLATE, tenant),)


async def _with_subject(claims: Claims, caller: Caller, _extra: Mapping[str, str]) -> Claims:
    """Name the person as configured: `sub` differs from one application to the next, `oid` doesn't."""
    source = caller.provider.subject_source
    if source == FROM_ME:
        if not caller.access.reveal():
            # An app that brings an ID token brings nothing that Microsoft Graph would answer to.
            raise IdTokenUnsupportedError
        found = (await caller.said(ME)).get("id")
    elif source == FROM_OID:
        found = claims.get("oid")
    else:
        return claims
    return {**claims, SUBJECT: found if isinstance(found, str) else ""}


KIND = Kind(
    source=_source,
    issuers=_issuers,
    is_bound_to_key=True,
    knows_pkce=True,
    finish=_with_subject,
)
