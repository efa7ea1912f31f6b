"""One person, several accounts: an e-mail address alone never makes two accounts one; their owner does, signed in."""

import httpx
import pytest
import social_stage as social
from identity_stage import ADA, ADMIN, PASSWORD, message_ids, node, register
from social_stage import (
    begin,
    buttons,
    come_back,
    go,
    is_signed_in,
    leave,
    offer,
    provider_config,
    shown,
    submit,
    whoami,
)


async def credentials(stage, identity_id):
    async with stage.client() as operator:
        return (await operator.get(f"/admin/identities/{identity_id}", headers=ADMIN)).json()["credentials"]


@pytest.fixture
async def ada(offered, client):
    """Ada has an account here, with a password."""
    person = await register(client)
    client.cookies.clear()
    return person["identity"]


@pytest.fixture
def two(stage, acme, beta):
    offer(stage, provider_config(acme), provider_config(beta, id_="op2", label="Other"))
    return stage


class TestTaken:
    @pytest.mark.usefixtures("ada")
    async def test_an_email_that_is_somebodys_lets_nobody_in(self, client):
        answer = await go(client)

        assert httpx.URL(answer.headers["location"]).path == "/ui/login"
        assert not await is_signed_in(client)

    @pytest.mark.usefixtures("ada")
    async def test_the_owner_is_asked_to_confirm(self, client):
        flow = await shown(client, await go(client))

        assert message_ids(flow) == [1010016]
        assert flow["ui"]["messages"][0]["context"]["duplicate_identifier"] == ADA["email"]
        assert node(flow, "identifier")["attributes"]["type"] == "hidden"
        assert node(flow, "identifier")["attributes"]["value"] == ADA["email"]
        assert buttons(flow) == []
        assert node(flow, "password")["group"] == "password"

    async def test_confirming_with_the_password_links_the_account(self, offered, client, ada):
        flow = await shown(client, await go(client))

        answer = await submit(client, flow, method="password", identifier=ADA["email"], password=PASSWORD)

        assert answer.status_code == 200, answer.text
        session = await whoami(client)
        assert session["identity"]["id"] == ada["id"]
        assert [item["method"] for item in session["authentication_methods"]] == ["password", "oidc"]
        assert (await credentials(offered, ada["id"]))["oidc"]["identifiers"] == ["op:ada-1"]

    async def test_from_then_on_the_account_elsewhere_is_enough(self, offered, client, ada):
        flow = await shown(client, await go(client))
        await submit(client, flow, method="password", identifier=ADA["email"], password=PASSWORD)

        async with offered.client() as browser:
            await go(browser, "login")
            assert (await whoami(browser))["identity"]["id"] == ada["id"]

    @pytest.mark.usefixtures("ada")
    async def test_linking_is_an_event(self, offered, client):
        flow = await shown(client, await go(client))
        await submit(client, flow, method="password", identifier=ADA["email"], password=PASSWORD)

        names = [event["event"] for event in await offered.events()]
        assert names == ["Signed Up", "Credential Changed", "Signed In"]

    async def test_mallory_who_confirms_as_herself_links_nothing(self, offered, client, ada):
        async with offered.client() as other:
            mallory = (await register(other, {"email": "mallory@example.org"}))["identity"]
        flow = await shown(client, await go(client))

        answer = await submit(client, flow, method="password", identifier="mallory@example.org", password=PASSWORD)

        assert answer.status_code == 400
        assert message_ids(answer.json()) == [4010009]
        assert not await is_signed_in(client)
        for identity_id in (ada["id"], mallory["id"]):
            assert "oidc" not in await credentials(offered, identity_id)

    async def test_a_wrong_password_links_nothing_and_may_be_tried_again(self, offered, client, ada):
        flow = await shown(client, await go(client))

        wrong = await submit(client, flow, method="password", identifier=ADA["email"], password="wrong password")
        assert wrong.status_code == 400
        assert "oidc" not in await credentials(offered, ada["id"])
        right = await submit(client, flow, method="password", identifier=ADA["email"], password=PASSWORD)

        assert right.status_code == 200, right.text
        assert "oidc" in await credentials(offered, ada["id"])

    @pytest.mark.usefixtures("ada")
    async def test_hints_are_given_only_where_the_operator_wants_them(self, offered, client):
        without = await shown(client, await go(client))
        offered.revise(lambda whole: whole["selfservice"]["flows"]["registration"].update(login_hints=True))
        async with offered.client() as another:
            with_hints = await shown(another, await go(another))

        assert without["ui"]["messages"][0]["context"]["available_credential_types"] == []
        assert with_hints["ui"]["messages"][0]["context"]["available_credential_types"] == ["password"]


class TestSecondProvider:
    @pytest.mark.usefixtures("acme", "beta")
    async def test_confirming_with_the_other_provider_links_too(self, two, client):
        await go(client)
        first = (await whoami(client))["identity"]["id"]
        async with two.client() as browser:
            flow = await shown(browser, await go(browser, provider="op2"))
            assert buttons(flow) == [("provider", "op", "Confirm with Acme")]

            await come_back(browser, await social.at_provider(await leave(browser, flow, "op")))

            session = await whoami(browser)
        assert session["identity"]["id"] == first
        assert (await credentials(two, first))["oidc"]["identifiers"] == ["op2:ada-2", "op:ada-1"]

    @pytest.mark.usefixtures("beta")
    async def test_an_unknown_account_confirms_nothing(self, two, client, acme):
        await go(client)
        acme.account = {"sub": "mallory", "email": "mallory@example.org"}
        async with two.client() as browser:
            flow = await shown(browser, await go(browser, provider="op2"))

            answer = await come_back(browser, await social.at_provider(await leave(browser, flow, "op")))

            assert message_ids(await shown(browser, answer)) == [4010009]
            assert not await is_signed_in(browser)


class TestByItself:
    """`account_linking_mode: automatic`, as on the Ory Network."""

    @pytest.fixture
    def automatic(self, stage, acme):
        offer(stage, provider_config(acme, account_linking_mode="automatic"))
        return stage

    async def verify(self, stage, browser):
        stage.clock.advance(1)  # so that its mail is the newest
        flow = (await browser.get("/self-service/verification/api")).json()
        sent = await browser.post(
            f"/self-service/verification?flow={flow['id']}", json={"method": "code", "email": ADA["email"]}
        )
        assert sent.status_code == 200
        code = await stage.code_to(ADA["email"])
        done = await browser.post(
            f"/self-service/verification?flow={flow['id']}", json={"method": "code", "code": code}
        )
        assert done.json()["state"] == "passed_challenge", done.text

    async def test_where_both_sides_have_verified_the_address_it_links(self, automatic, client):
        async with automatic.client() as other:
            person = await register(other)
            await self.verify(automatic, other)

        await go(client)

        assert (await whoami(client))["identity"]["id"] == person["identity"]["id"]

    async def test_an_address_that_was_only_typed_here_is_not_linked(self, automatic, client):
        """Mallory registers with ada's address and waits for ada to come by her provider."""
        async with automatic.client() as mallory:
            await register(mallory)

        flow = await shown(client, await go(client))

        assert message_ids(flow) == [1010016]
        assert not await is_signed_in(client)

    async def test_an_address_that_the_provider_has_not_verified_is_not_linked(self, automatic, client, acme):
        """Mallory makes an account with ada's address at a provider that doesn't check it."""
        async with automatic.client() as other:
            await register(other)
            await self.verify(automatic, other)
        acme.account = {"sub": "mallory", "email": ADA["email"], "email_verified": False}

        flow = await shown(client, await go(client))

        assert message_ids(flow) == [1010016]
        assert not await is_signed_in(client)


class TestHidden:
    @pytest.mark.usefixtures("ada")
    async def test_under_mitigate_an_unverified_address_tells_nothing_about_its_owner(self, offered, client, acme):
        offered.revise(lambda whole: whole.update(security={"account_enumeration": {"mitigate": True}}))
        acme.account = {"sub": "mallory", "email": ADA["email"], "email_verified": False}
        taken = await go(client)
        acme.account = {"sub": "eve", "email": "eve@example.org", "email_verified": False}
        async with offered.client() as other:
            free = await go(other)
            assert not await is_signed_in(other)

        assert taken.headers["location"].partition("?")[0] == free.headers["location"].partition("?")[0]
        assert not await is_signed_in(client)

    @pytest.mark.usefixtures("ada")
    async def test_its_owner_is_told(self, offered, client):
        offered.revise(lambda whole: whole.update(security={"account_enumeration": {"mitigate": True}}))

        flow = await shown(client, await go(client))

        assert message_ids(flow) == [1010016]


async def test_a_disabled_person_is_not_let_in(offered, client, acme):
    await go(client)
    identity_id = (await whoami(client))["identity"]["id"]
    async with offered.client() as operator:
        patch = [{"op": "replace", "path": "/state", "value": "inactive"}]
        await operator.patch(f"/admin/identities/{identity_id}", json=patch, headers=ADMIN)
    async with offered.client() as browser:
        flow = await shown(browser, await go(browser, "login"))

        assert message_ids(flow) == [4010011]
        assert not await is_signed_in(browser)


async def test_an_imported_account_signs_in(offered, client):
    body = {
        "schema_id": "person",
        "traits": {"email": ADA["email"]},
        "credentials": {"oidc": {"config": {"providers": [{"provider": "op", "subject": "ada-1"}]}}},
    }
    async with offered.client() as operator:
        made = await operator.post("/admin/identities", json=body, headers=ADMIN)
        assert made.status_code == 201, made.text

    await go(client, "login")

    assert (await whoami(client))["identity"]["id"] == made.json()["id"]


async def test_an_operator_removes_a_linked_account(offered, client, ada):
    flow = await shown(client, await go(client))
    await submit(client, flow, method="password", identifier=ADA["email"], password=PASSWORD)
    async with offered.client() as operator:
        path = f"/admin/identities/{ada['id']}/credentials/oidc"
        answer = await operator.delete(path, params={"identifier": "op:ada-1"}, headers=ADMIN)
        assert answer.status_code == 204, answer.text
    async with offered.client() as browser:
        assert message_ids(await shown(browser, await go(browser, "login"))) == [1010016]


async def test_proving_again_offers_only_what_is_linked(two, client, acme, beta):
    await go(client)

    flow = await begin(client, "login", refresh="true")

    assert [value for _, value, _ in buttons(flow)] == ["op"]


async def test_proving_again_keeps_the_session(offered, client, acme):
    await go(client)
    before = await whoami(client)
    offered.clock.advance(60)
    flow = await begin(client, "login", refresh="true")

    answer = await come_back(client, await social.at_provider(await leave(client, flow)))

    assert answer.status_code == 303
    after = await whoami(client)
    assert after["id"] == before["id"]
    assert after["authenticated_at"] > before["authenticated_at"]
    assert "prompt=login" in acme.seen["/authorize"][-1].url


async def test_proving_again_with_a_stranger_s_account_makes_nobody(offered, client, acme):
    await go(client)
    before = await whoami(client)
    flow = await begin(client, "login", refresh="true")
    acme.account = {"sub": "eve", "email": "eve@example.org"}

    answer = await come_back(client, await social.at_provider(await leave(client, flow)))

    assert message_ids(await shown(client, answer)) == [4000006]
    assert (await whoami(client))["id"] == before["id"]
    async with offered.client() as operator:
        assert len((await operator.get("/admin/identities", headers=ADMIN)).json()) == 1
