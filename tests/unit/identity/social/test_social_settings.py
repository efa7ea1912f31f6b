"""Linking and unlinking in one's settings: only one's own, only with a young session, never the last way in."""

import httpx
import pytest
import social_stage as social
from identity_stage import ADA, ADMIN, AS_JSON, PASSWORD, message_ids, register, web_hook
from social_stage import (
    at_provider,
    begin,
    buttons,
    come_back,
    go,
    offer,
    provider_config,
    shown,
    submit,
    whoami,
)

HOUR_SECONDS = 3600


@pytest.fixture
async def ada(offered, client):
    """Ada is signed in, with a password."""
    flow = await begin(client)
    answer = await submit(client, flow, method="password", password=PASSWORD, traits=ADA)
    assert answer.status_code == 200, answer.text
    return answer.json()["identity"]


@pytest.fixture
def two(stage, acme, beta):
    offer(stage, provider_config(acme), provider_config(beta, id_="op2"))
    return stage


async def linked_of(stage, identity_id):
    async with stage.client() as operator:
        found = (await operator.get(f"/admin/identities/{identity_id}", headers=ADMIN)).json()["credentials"]
    return found.get("oidc", {}).get("identifiers", [])


def action(flow):
    return f"/self-service/settings?flow={flow['id']}"


async def link(browser, provider="op"):
    flow = await begin(browser, "settings")
    answer = await submit(browser, flow, link=provider)
    assert answer.status_code == 422, answer.text
    return await come_back(browser, await at_provider(answer.json()["redirect_browser_to"]))


async def test_ada_links_an_account(offered, client, ada):
    flow = await shown(client, await link(client))

    assert flow["state"] == "success"
    assert message_ids(flow) == [1050001]
    assert await linked_of(offered, ada["id"]) == ["op:ada-1"]
    assert buttons(flow) == [("unlink", "op", "Unlink Acme")]
    assert [item["method"] for item in (await whoami(client))["authentication_methods"]] == ["password", "oidc"]


async def test_the_linked_account_signs_in(offered, client, ada):
    await link(client)

    async with offered.client() as browser:
        await go(browser, "login")
        assert (await whoami(browser))["identity"]["id"] == ada["id"]


async def test_linking_is_an_event_and_actions_see_the_claims(offered, client, ada, receiver):
    def change(whole):
        whole["selfservice"]["flows"]["settings"]["after"]["oidc"]["hooks"] = [web_hook(receiver.url)]

    offered.revise(change)

    await link(client)

    assert (await offered.events())[-1]["event"] == "Credential Changed"
    assert receiver.bodies[0]["ctx"]["claims"]["sub"] == "ada-1"


async def test_ada_unlinks_it_again(offered, client, ada):
    flow = await shown(client, await link(client))

    answer = await submit(client, flow, unlink="op")

    assert answer.status_code == 200, answer.text
    assert await linked_of(offered, ada["id"]) == []
    assert buttons(answer.json()) == [("link", "op", "Link Acme")]


async def test_orys_interface_unlinks_without_an_anti_csrf_token_as_it_does_at_kratos(offered, client, ada):
    flow = await shown(client, await link(client))

    answer = await client.post(action(flow), json={"method": "oidc", "unlink": "op"}, headers=AS_JSON)

    assert answer.status_code == 200, answer.text
    assert await linked_of(offered, ada["id"]) == []


@pytest.mark.parametrize(
    "sent",
    [
        {"data": {"unlink": "op"}},
        {"json": {"method": "oidc", "unlink": "op", "csrf_token": "made up"}},
        {"content": b'{"method":"oidc","unlink":"op"}', "headers": {"Content-Type": "text/plain"}},
        {"json": {"method": "password", "unlink": "op", "password": "mallory's"}},
    ],
    ids=["a form", "a wrong token", "json as a form sends it", "another method"],
)
async def test_what_mallorys_page_can_make_adas_browser_send_unlinks_nothing(offered, client, ada, sent):
    flow = await shown(client, await link(client))

    answer = await client.post(action(flow), **{**sent, "headers": {**AS_JSON, **sent.get("headers", {})}})

    assert answer.status_code in (400, 403), answer.text
    assert await linked_of(offered, ada["id"]) == ["op:ada-1"]


async def test_a_form_that_mallory_began_is_not_adas_to_send_even_as_json(offered, client, ada):
    await link(client)
    async with offered.client(cookies=dict(client.cookies)) as thief:
        thief.cookies.delete(next(name for name in thief.cookies if name.startswith("csrf_token")))
        hers = await begin(thief, "settings")

    answer = await client.post(action(hers), json={"method": "oidc", "unlink": "op"}, headers=AS_JSON)

    assert answer.status_code == 403, answer.text
    assert await linked_of(offered, ada["id"]) == ["op:ada-1"]


async def test_the_last_way_in_stays(offered, client):
    await go(client)
    identity_id = (await whoami(client))["identity"]["id"]
    flow = await begin(client, "settings")
    assert buttons(flow) == []

    answer = await submit(client, flow, unlink="op")

    assert answer.status_code == 400
    assert "last remaining first factor" in social.texts(answer.json())[0]
    assert await linked_of(offered, identity_id) == ["op:ada-1"]


async def test_an_account_that_is_somebody_elses_is_not_linked(offered, client, ada, acme):
    acme.account = {"sub": "grace-1", "email": "grace@example.org"}
    async with offered.client() as browser:
        await go(browser)
        grace = (await whoami(browser))["identity"]["id"]

    flow = await shown(client, await link(client))

    assert message_ids(flow) == [4000007]
    assert await linked_of(offered, ada["id"]) == []
    assert await linked_of(offered, grace) == ["op:grace-1"]


@pytest.mark.parametrize(
    ("body", "said"),
    [
        ({"link": "nope"}, "can not link unknown"),
        ({"unlink": "nope"}, "can not unlink non-existing"),
        ({"unlink": "op2"}, "can not unlink non-existing"),
        ({"link": "op", "unlink": "op"}, "not possible to link and unlink"),
        ({"method": "oidc"}, "Could not find a strategy"),
    ],
    ids=["link unknown", "unlink unknown", "unlink unlinked", "both", "neither"],
)
@pytest.mark.usefixtures("two")
async def test_what_makes_no_sense_is_said(client, body, said):
    await go(client)
    flow = await begin(client, "settings")
    assert (await submit(client, flow, method="password", password=PASSWORD)).status_code == 200

    answer = await submit(client, flow, **body)

    assert answer.status_code == 400, answer.text
    assert said in social.texts(answer.json())[0]


async def test_linking_the_same_provider_twice_is_refused(offered, client, ada, acme):
    await link(client)
    acme.account = {"sub": "ada-second"}
    flow = await begin(client, "settings")

    answer = await submit(client, flow, link="op")

    assert answer.status_code == 400
    assert await linked_of(offered, ada["id"]) == ["op:ada-1"]


class TestOldSession:
    @pytest.mark.usefixtures("ada")
    async def test_an_old_session_has_to_prove_itself_before_it_leaves(self, offered, client):
        flow = await begin(client, "settings")
        offered.clock.advance(2 * HOUR_SECONDS)
        flow = await begin(client, "settings")

        answer = await submit(client, flow, link="op")

        assert answer.status_code == 403
        assert answer.json()["error"]["id"] == "session_refresh_required"

    async def test_a_session_that_got_old_on_the_way_links_nothing(self, offered, client, ada):
        offered.revise(lambda whole: whole["selfservice"]["flows"]["settings"].update(privileged_session_max_age="5m"))
        flow = await begin(client, "settings")
        url = (await submit(client, flow, link="op")).json()["redirect_browser_to"]
        back = await at_provider(url)
        offered.clock.advance(600)

        answer = await come_back(client, back)

        assert httpx.URL(answer.headers["location"]).path == "/self-service/login/browser"
        assert await linked_of(offered, ada["id"]) == []

    async def test_what_was_asked_goes_on_after_the_proof(self, offered, client, ada):
        offered.clock.advance(2 * HOUR_SECONDS)
        flow = await begin(client, "settings")
        refused = await submit(client, flow, link="op")
        login_url = httpx.URL(refused.json()["redirect_browser_to"])
        again = (await client.get(login_url.path, params=dict(login_url.params), headers=AS_JSON)).json()
        done = await submit(client, again, method="password", identifier=ADA["email"], password=PASSWORD)
        assert done.status_code == 200, done.text

        onward = await client.get(f"/self-service/settings?flow={flow['id']}", headers={"Accept": "text/html"})

        assert onward.status_code == 303
        assert "/authorize" in onward.headers["location"]
        await come_back(client, await at_provider(onward.headers["location"]))
        assert await linked_of(offered, ada["id"]) == ["op:ada-1"]


async def test_mallory_who_swaps_the_session_on_the_way_links_nothing_to_ada(offered, client, ada, acme):
    """Mallory's account elsewhere must not become a key to ada's account: the flow is ada's, and the browser too."""
    async with offered.client() as mallory:
        await register(mallory, {"email": "mallory@example.org"})
        mallory.cookies.clear()
        flow = await begin(mallory)
        answer = await submit(mallory, flow, method="password", password=PASSWORD, traits={"email": "mal2@example.org"})
        assert answer.status_code == 200
        acme.account = {"sub": "mallory"}
        settings = await begin(mallory, "settings")
        url = (await submit(mallory, settings, link="op")).json()["redirect_browser_to"]
        back = await at_provider(url)

    answer = await come_back(client, back)

    assert (await social.error_shown(client, answer))["code"] == 400
    assert await linked_of(offered, ada["id"]) == []


async def test_a_visitor_who_is_not_signed_in_links_nothing(offered, client, ada):
    flow = await begin(client, "settings")
    url = (await submit(client, flow, link="op")).json()["redirect_browser_to"]
    back = await at_provider(url)
    client.cookies.delete("ory_kratos_session")

    answer = await come_back(client, back)

    assert httpx.URL(answer.headers["location"]).path == "/self-service/login/browser"
    assert await linked_of(offered, ada["id"]) == []
