"""Microsoft by its documented contract: one set of metadata for many tenants, and several names of one person.

https://learn.microsoft.com/en-us/entra/identity-platform/v2-protocols-oidc
"""

import pytest
from provider_stage import as_json
from vendor_stage import Cloud, Visit, configured, keys, telling

from headwater.core.secrets import Secret
from headwater.identity.providers.errors import (
    IdTokenRefusedError,
    IdTokenUnsupportedError,
    ProviderAnswerError,
    ProviderMisconfiguredError,
)

MICROSOFT = "https://login.microsoftonline.com"
CONTOSO = "8eaef023-2b34-4da1-9baa-8bc8c9d6a490"
FABRIKAM = "72f988bf-86f1-41af-91ab-2d7cd011db47"
PERSONAL = "9188040d-6c67-4c5b-b112-36a304b66dad"
ADAS_OID = "690222be-ff1a-4d56-abd1-7e4f7d38e474"
ME = "https://graph.microsoft.com/v1.0/me"
GAP = f"{MICROSOFT}/{{tenantid}}/v2.0"


def issuer_of(tenant):
    return f"{MICROSOFT}/{tenant}/v2.0"


def ada_at_microsoft(tenant=CONTOSO):
    return {
        "iss": issuer_of(tenant),
        "tid": tenant,
        "sub": "AAAAAAAAAAAAAAAAAAAAAIkzqFVrSaSaFHy782bbtaQ",
        "oid": ADAS_OID,
        "preferred_username": "ada@contoso.com",
        "name": "Ada Lovelace",
        "ver": "2.0",
    }


def microsoft(clock, tenant, *, issuer=GAP, key_issuer=GAP, **said):
    base = f"{MICROSOFT}/{tenant}"
    metadata = {
        "issuer": issuer,
        "authorization_endpoint": f"{base}/oauth2/v2.0/authorize",
        "token_endpoint": f"{base}/oauth2/v2.0/token",
        "jwks_uri": f"{base}/discovery/v2.0/keys",
        "userinfo_endpoint": "https://graph.microsoft.com/oidc/userinfo",
        "id_token_signing_alg_values_supported": ["RS256"],
        "token_endpoint_auth_methods_supported": ["client_secret_post", "private_key_jwt", "client_secret_basic"],
    }
    cloud = Cloud(
        {
            f"{base}/v2.0/.well-known/openid-configuration": as_json(metadata),
            f"{base}/discovery/v2.0/keys": keys({"issuer": key_issuer} if key_issuer else {}),
        }
    )
    visit = Visit(cloud, clock)
    visit.grants(f"{base}/oauth2/v2.0/token", by="basic", **{**ada_at_microsoft(), **said})
    return visit


def of_tenant(tenant, **more):
    return configured("microsoft", microsoft_tenant=tenant, **more)


class TestMicrosoft:
    @pytest.mark.parametrize("tenant", ["common", "organizations"])
    @pytest.mark.parametrize("theirs", [CONTOSO, FABRIKAM])
    async def test_people_of_every_organization_may_come(self, clock, tenant, theirs):
        visit = microsoft(clock, tenant, **ada_at_microsoft(theirs))
        arrival = await visit.sign_in(of_tenant(tenant))

        assert arrival.claims["iss"] == issuer_of(theirs)
        assert arrival.claims["raw_claims"]["tid"] == theirs

    async def test_it_is_asked_at_the_tenants_address_with_pkce_which_its_metadata_keep_to_themselves(self, clock):
        url, asked = await microsoft(clock, "common").leave(of_tenant("common"))

        assert url == f"{MICROSOFT}/common/oauth2/v2.0/authorize"
        assert asked["code_challenge_method"] == "S256"

    @pytest.mark.parametrize("tenant", [CONTOSO, "contoso.onmicrosoft.com", f" {CONTOSO} "])
    async def test_one_tenant_is_named_by_id_or_by_domain(self, clock, tenant):
        visit = microsoft(clock, tenant.strip(), issuer=issuer_of(CONTOSO))

        assert (await visit.sign_in(of_tenant(tenant))).subject

    @pytest.mark.parametrize("theirs", [FABRIKAM, PERSONAL])
    async def test_people_of_another_tenant_may_not_come_where_one_is_configured(self, clock, theirs):
        visit = microsoft(clock, CONTOSO, issuer=issuer_of(CONTOSO), **ada_at_microsoft(theirs))

        with pytest.raises(IdTokenRefusedError, match="another provider"):
            await visit.sign_in(of_tenant(CONTOSO))

    async def test_mallory_cannot_name_another_tenant_than_her_issuer(self, clock):
        """Her tenant signs what it likes; the tenant's name in it has to be her own."""
        visit = microsoft(clock, "common", **{**ada_at_microsoft(CONTOSO), "tid": FABRIKAM})

        with pytest.raises(IdTokenRefusedError, match="another provider"):
            await visit.sign_in(of_tenant("common"))

    @pytest.mark.parametrize("tid", [None, "", "common", "{tenantid}", "../mallory", 7, f"{CONTOSO}/x"])
    async def test_a_token_without_a_tenant_is_nobodys(self, clock, tid):
        named = issuer_of(tid) if isinstance(tid, str) else GAP
        visit = microsoft(clock, "common", **{**ada_at_microsoft(), "tid": tid, "iss": named})

        with pytest.raises(IdTokenRefusedError, match="names no tenant"):
            await visit.sign_in(of_tenant("common"))

    async def test_a_key_of_personal_accounts_signs_for_no_organization(self, clock):
        """Its key set says who may sign with each key."""
        visit = microsoft(clock, "common", key_issuer=issuer_of(PERSONAL))

        with pytest.raises(IdTokenRefusedError, match="key of another issuer"):
            await visit.sign_in(of_tenant("common"))

    async def test_a_key_that_names_no_issuer_signs_for_all(self, clock):
        assert (await microsoft(clock, "common", key_issuer=None).sign_in(of_tenant("common"))).subject

    async def test_personal_accounts_come_by_common_and_consumers_and_not_as_an_organization(self, clock):
        personal = ada_at_microsoft(PERSONAL)
        for tenant, issuer in (("common", GAP), ("consumers", issuer_of(PERSONAL))):
            visit = microsoft(clock, tenant, issuer=issuer, key_issuer=issuer_of(PERSONAL), **personal)
            assert (await visit.sign_in(of_tenant(tenant))).subject
        visit = microsoft(clock, "organizations", key_issuer=issuer_of(PERSONAL), **personal)
        with pytest.raises(IdTokenRefusedError, match="personal account"):
            await visit.sign_in(of_tenant("organizations"))

    @pytest.mark.parametrize("issuer", ["https://mallory.example/v2.0", f"{MICROSOFT}/mallory/v2.0", f"{MICROSOFT}/"])
    async def test_metadata_that_name_no_tenant_of_microsofts_are_refused(self, clock, issuer):
        with pytest.raises(ProviderMisconfiguredError, match="issuer is another one"):
            await microsoft(clock, "common", issuer=issuer).leave(of_tenant("common"))

    @pytest.mark.parametrize("tenant", ["", "../..", "a/b", "common?x", "@mallory.example", "com mon"])
    async def test_a_tenant_that_leads_elsewhere_calls_nobody(self, clock, tenant):
        visit = microsoft(clock, "common")

        with pytest.raises(ProviderMisconfiguredError, match="microsoft_tenant"):
            await visit.leave(of_tenant(tenant))
        assert visit.cloud.seen == []

    async def test_the_subject_is_that_of_the_app_unless_configured(self, clock):
        for source in ("", "userinfo"):
            arrival = await microsoft(clock, "common").sign_in(of_tenant("common", subject_source=source))
            assert arrival.subject == ada_at_microsoft()["sub"]

    async def test_the_subject_may_be_the_one_that_all_apps_see(self, clock):
        arrival = await microsoft(clock, "common").sign_in(of_tenant("common", subject_source="oid"))

        assert arrival.subject == arrival.claims["sub"] == ADAS_OID

    async def test_the_subject_may_be_the_id_of_microsoft_graph(self, clock):
        visit = microsoft(clock, "common")
        visit.cloud.answers[ME] = telling({"id": "graph-1815", "displayName": "Ada"})
        arrival = await visit.sign_in(of_tenant("common", subject_source="me"))

        assert arrival.subject == "graph-1815"

    @pytest.mark.parametrize("found", [{}, {"id": None}, {"id": ""}, {"id": 7}])
    async def test_graph_that_does_not_say_who_it_is_signs_nobody_in(self, clock, found):
        visit = microsoft(clock, "common")
        visit.cloud.answers[ME] = telling(found)

        with pytest.raises(ProviderAnswerError, match="did not say who signed in"):
            await visit.sign_in(of_tenant("common", subject_source="me"))

    async def test_an_oid_that_is_missing_is_not_replaced_by_the_other_subject(self, clock):
        visit = microsoft(clock, "common", oid=None)

        with pytest.raises(ProviderAnswerError, match="did not say who signed in"):
            await visit.sign_in(of_tenant("common", subject_source="oid"))

    async def test_an_app_cannot_bring_what_graph_has_to_be_asked_for(self, clock):
        visit = microsoft(clock, "common")
        token = Secret(visit.id_token(**ada_at_microsoft(), nonce="n"))

        with pytest.raises(IdTokenUnsupportedError):
            await visit.providers.verify(of_tenant("common", subject_source="me"), token, nonce="n")
        assert (await visit.providers.verify(of_tenant("common", subject_source="oid"), token, nonce="n")).subject

    async def test_its_address_is_never_a_verified_one(self, clock):
        """Any tenant's administrator writes what they like there; `xms_edov` stays in raw_claims for who knows it."""
        visit = microsoft(clock, "common", email="ada@example.org", xms_edov=True)
        claims = (await visit.sign_in(of_tenant("common"))).claims

        assert claims["email"] == "ada@example.org"
        assert "email_verified" not in claims
        assert claims["raw_claims"]["xms_edov"] is True
