"""Signing up with an account elsewhere: traits by the mapper, what is missing by the person, and nothing twice."""

import httpx
import pytest
import social_stage as social
from identity_stage import ADA, ADMIN, AS_JSON, message_ids, node, register, web_hook
from social_stage import (
    GRACE_THERE,
    at_provider,
    begin,
    buttons,
    come_back,
    go,
    leave,
    shown,
    submit,
    whoami,
)


async def identities(stage):
    async with stage.client() as operator:
        return (await operator.get("/admin/identities", headers=ADMIN)).json()


async def test_ada_signs_up_with_one_press_and_is_signed_in(offered, client, acme):
    answer = await go(client)

    assert answer.status_code == 303
    assert not httpx.URL(answer.headers["location"]).path.startswith("/ui/registration")
    session = await whoami(client)
    assert session["identity"]["traits"] == {"email": ADA["email"], "name": "Ada"}
    assert session["identity"]["metadata_public"] == {"from": acme.issuer}
    (method,) = session["authentication_methods"]
    assert (method["method"], method["aal"], method["provider"]) == ("oidc", "aal1", "op")


async def test_the_button_stands_first_and_names_the_provider(offered, client):
    flow = await begin(client)

    assert buttons(flow) == [("provider", "op", "Sign up with Acme")]
    assert flow["ui"]["nodes"][0]["group"] == "oidc"
    assert flow["ui"]["nodes"][0]["meta"]["label"]["id"] == 1040002


async def test_an_address_that_the_provider_has_verified_is_verified_here(offered, client):
    await go(client)

    (address,) = (await whoami(client))["identity"]["verifiable_addresses"]
    assert (address["verified"], address["status"]) == (True, "completed")
    assert await offered.mails() == []


async def test_an_address_that_the_provider_has_not_verified_is_asked_to_be(offered, client, acme):
    acme.account = GRACE_THERE

    await go(client)

    (address,) = (await whoami(client))["identity"]["verifiable_addresses"]
    assert not address["verified"]
    assert len(await offered.mails("grace@example.org")) == 1


async def test_operators_see_admin_metadata_and_the_linked_account_with_its_tokens_only_when_asked(
    offered, client, acme
):
    await go(client)
    identity_id = (await whoami(client))["identity"]["id"]

    async with offered.client() as operator:
        plain = (await operator.get(f"/admin/identities/{identity_id}", headers=ADMIN)).json()
        whole = (
            await operator.get(f"/admin/identities/{identity_id}", params={"include_credential": "oidc"}, headers=ADMIN)
        ).json()

    assert plain["metadata_admin"] == {"sub": "ada-1"}
    assert plain["credentials"]["oidc"]["identifiers"] == ["op:ada-1"]
    assert "config" not in plain["credentials"]["oidc"]
    (entry,) = whole["credentials"]["oidc"]["config"]["providers"]
    assert (entry["provider"], entry["subject"]) == ("op", "ada-1")
    assert entry["initial_access_token"]
    assert entry["initial_id_token"].count(".") == 2


async def test_no_token_of_the_provider_lies_in_the_database_in_clear(offered, client, acme):
    await go(client)
    identity_id = (await whoami(client))["identity"]["id"]
    async with offered.client() as operator:
        path = f"/admin/identities/{identity_id}?include_credential=oidc"
        (entry,) = (await operator.get(path, headers=ADMIN)).json()["credentials"]["oidc"]["config"]["providers"]

    stored = b"".join(path.read_bytes() for path in offered.folder.glob("core.db*"))

    assert b"ada-1" in stored
    for name in ("initial_access_token", "initial_id_token"):
        assert entry[name].encode() not in stored


async def test_what_was_typed_wins_over_what_the_provider_says_and_is_not_verified_by_it(offered, client):
    flow = await begin(client)
    url = await leave(client, flow, traits={"email": "other@example.org"})
    await come_back(client, await at_provider(url))

    identity = (await whoami(client))["identity"]
    assert identity["traits"] == {"email": "other@example.org", "name": "Ada"}
    assert not identity["verifiable_addresses"][0]["verified"]


class TestMissingTraits:
    @pytest.mark.usefixtures("offered")
    async def test_the_form_asks_for_them_and_shows_what_is_known(self, client, acme):
        acme.account = {"sub": "eve-1", "name": "Eve"}

        flow = await shown(client, await go(client))

        assert flow["active"] == "oidc"
        assert message_ids(flow, "traits.email") == [4000002]
        assert node(flow, "traits.name")["attributes"]["value"] == "Eve"
        assert buttons(flow) == [("provider", "op", "Continue")]
        assert not [item for item in flow["ui"]["nodes"] if item["group"] in ("password", "code")]

    @pytest.mark.usefixtures("offered")
    async def test_the_person_is_not_sent_to_the_provider_twice(self, client, acme):
        acme.account = {"sub": "eve-1", "name": "Eve"}
        flow = await shown(client, await go(client))
        asked_before = acme.counts.total()

        answer = await submit(client, flow, provider="op", traits={"email": "eve@example.org", "name": "Eve"})

        assert answer.status_code == 200, answer.text
        assert answer.json()["identity"]["traits"] == {"email": "eve@example.org", "name": "Eve"}
        assert acme.counts.total() == asked_before
        assert (await whoami(client))["authentication_methods"][0]["provider"] == "op"

    @pytest.mark.usefixtures("offered")
    async def test_what_still_does_not_fit_is_said_again(self, client, acme):
        acme.account = {"sub": "eve-1"}
        flow = await shown(client, await go(client))

        answer = await submit(client, flow, provider="op", traits={"email": "nonsense"})

        assert answer.status_code == 400
        assert message_ids(answer.json(), "traits.email") == [4000040]
        assert buttons(answer.json()) == [("provider", "op", "Continue")]

    @pytest.mark.usefixtures("offered")
    async def test_from_the_login_page_they_are_asked_for_on_the_registration_page(self, client, acme):
        acme.account = {"sub": "eve-1"}

        answer = await go(client, "login")
        flow = await shown(client, answer)

        assert httpx.URL(answer.headers["location"]).path == "/ui/registration"
        assert message_ids(flow, "traits.email") == [4000002]


async def test_signing_in_with_an_account_nobody_knows_signs_up(offered, client):
    await go(client, "login")

    assert (await whoami(client))["identity"]["traits"]["email"] == ADA["email"]
    assert [event["event"] for event in await offered.events()] == ["Signed Up"]


async def test_registering_with_a_known_account_signs_in(offered, client):
    await go(client)
    first = (await whoami(client))["identity"]["id"]
    async with offered.client() as another:
        await go(another)

        assert (await whoami(another))["identity"]["id"] == first
    assert len(await identities(offered)) == 1
    assert [event["event"] for event in await offered.events()] == ["Signed Up", "Signed In"]


async def test_the_event_of_a_sign_up_says_by_which_provider(offered, client):
    await go(client)

    (event,) = await offered.events()
    assert event["properties"]["method"] == "oidc"
    assert event["properties"]["provider"] == "op"


async def test_without_the_session_hook_nobody_is_signed_in(offered, client):
    def change(whole):
        whole["selfservice"]["flows"]["registration"]["after"]["oidc"]["hooks"] = []

    offered.revise(change)

    await go(client)

    assert (await client.get("/sessions/whoami")).status_code == 401
    assert len(await identities(offered)) == 1


async def test_login_by_account_elsewhere_does_not_sign_up_where_registration_is_disabled(offered, client):
    def change(whole):
        whole["selfservice"]["flows"]["registration"]["enabled"] = False

    offered.revise(change)

    flow = await shown(client, await go(client, "login"))

    assert social.texts(flow) == ["Registration is not allowed because it was disabled."]
    assert await identities(offered) == []


async def test_return_to_survives_the_way_there_and_back(offered, client):
    def change(whole):
        whole["selfservice"]["allowed_return_urls"] = ["https://app.example.org"]

    offered.revise(change)
    flow = await begin(client, "login", return_to="https://app.example.org/welcome")

    answer = await come_back(client, await at_provider(await leave(client, flow)))

    assert answer.headers["location"] == "https://app.example.org/welcome"


@pytest.mark.parametrize("method", [None, "oidc"])
async def test_actions_run_once_with_the_claims_at_hand(offered, client, receiver, method):
    hook = web_hook(receiver.url)
    if method:
        offered.set_hooks({"hook": "session"}, hook, method="oidc")
    else:
        offered.set_hooks(hook)

    await go(client)

    (body,) = receiver.bodies
    ctx = body["ctx"]
    assert ctx["flow"]["active"] == "oidc"
    assert (ctx["provider"], ctx["claims"]["sub"]) == ("op", "ada-1")
    assert ctx["identity"]["traits"]["email"] == ADA["email"]


async def test_transient_payload_reaches_the_actions(offered, client, receiver):
    offered.set_hooks(web_hook(receiver.url))

    await go(client, transient_payload={"campaign": "spring"})

    assert receiver.bodies[0]["ctx"]["flow"]["transient_payload"] == {"campaign": "spring"}


async def test_a_sign_up_whose_action_failed_goes_on_from_where_it_was(offered, client, acme, receiver):
    offered.set_hooks(web_hook(receiver.url))
    receiver.status = 500
    flow = await begin(client)
    await come_back(client, await at_provider(await leave(client, flow)))
    receiver.status = 200
    found = (await client.get("/self-service/registration/flows", params={"id": flow["id"]}, headers=AS_JSON)).json()

    answer = await submit(client, found, provider="op", traits={"email": ADA["email"], "name": "Ada"})

    assert answer.status_code == 200, answer.text
    assert len(await identities(offered)) == 1


async def test_two_callbacks_at_once_make_one_person(offered, acme):
    async with offered.client() as one, offered.client() as two:
        urls = [await at_provider(await leave(browser, await begin(browser))) for browser in (one, two)]
        await come_back(one, urls[0])
        await come_back(two, urls[1])

        assert (await whoami(one))["identity"]["id"] == (await whoami(two))["identity"]["id"]


async def test_people_with_passwords_keep_them(offered, client):
    person = await register(client)

    async with offered.client() as operator:
        found = (await operator.get(f"/admin/identities/{person['identity']['id']}", headers=ADMIN)).json()
    assert list(found["credentials"]) == ["password"]
