"""Native apps that speak to the provider by themselves and submit the ID token, in flows of apps and of browsers."""

import json
from urllib.parse import urlencode

import httpx
import pytest
from identity_stage import ADA, ADMIN, AS_JSON, PASSWORD, message_ids, node, register
from social_stage import (
    ADA_THERE,
    GRACE_THERE,
    at_provider,
    begin,
    buttons,
    come_back,
    go,
    is_signed_in,
    offer,
    provider_config,
    submit,
    texts,
    whoami,
)

NONCE = "nonce-of-the-app"
KINDS = pytest.mark.parametrize("kind", ["login", "registration"])


async def native(app, kind="login", **query):
    answer = await app.get(f"/self-service/{kind}/api", params=query)
    assert answer.status_code == 200, answer.text
    return answer.json()


async def send(app, flow, token=None, **body):
    kind = flow["ui"]["action"].split("/self-service/")[1].partition("?")[0]
    held = {} if token is None else {"id_token": token, "id_token_nonce": NONCE}
    sent = {"method": "oidc", "provider": "op", **held, **body}
    return await app.post(f"/self-service/{kind}?flow={flow['id']}", json=sent)


async def bring(app, op, kind="login", account=None, **body):
    """Sign in at the provider in the app, and submit what it gave."""
    token = op.id_token(account or ADA_THERE, nonce=NONCE)
    return await send(app, await native(app, kind), token, **body)


async def identities(stage):
    async with stage.client() as operator:
        return (await operator.get("/admin/identities", headers=ADMIN)).json()


def session_of(answer):
    assert answer.status_code == 200, answer.text
    return answer.json()["session"]


@KINDS
async def test_ada_signs_up_with_the_token_that_her_app_was_given(offered, client, acme, kind):
    answer = await bring(client, acme, kind)

    session = session_of(answer)
    assert session["identity"]["traits"] == {"email": ADA["email"], "name": "Ada"}
    assert session["identity"]["verifiable_addresses"][0]["verified"]
    (method,) = session["authentication_methods"]
    assert (method["method"], method["aal"], method["provider"]) == ("oidc", "aal1", "op")
    token = answer.json()["session_token"]
    found = await client.get("/sessions/whoami", headers={"X-Session-Token": token})
    assert found.json()["identity"]["id"] == session["identity"]["id"]
    assert not acme.counts["/token"]  # there is no code to redeem


@KINDS
async def test_the_second_time_she_is_the_same_person(offered, client, acme, kind):
    first = session_of(await bring(client, acme))

    again = await bring(client, acme, kind)

    assert session_of(again)["identity"]["id"] == first["identity"]["id"]
    assert again.json()["session_token"]
    assert len(await identities(offered)) == 1


async def test_the_app_and_the_browser_know_her_as_one(offered, client, acme):
    session = session_of(await bring(client, acme))

    async with offered.client() as browser:
        await go(browser, "login")
        assert (await whoami(browser))["identity"]["id"] == session["identity"]["id"]


async def test_a_sign_up_is_an_event_that_says_by_which_provider(offered, client, acme):
    await bring(client, acme)

    (event,) = [event for event in await offered.events() if event["event"] == "Signed Up"]
    assert event["properties"]["method"] == "oidc"


@KINDS
async def test_a_token_for_the_app_itself_is_taken_where_the_operator_lists_it(stage, client, acme, kind):
    token = acme.id_token(ADA_THERE, nonce=NONCE, aud="ios-app")
    offer(stage, provider_config(acme))
    refused = await send(client, await native(client, kind), token)
    offer(stage, provider_config(acme, additional_id_token_audiences=["android-app", "ios-app"]))
    taken = await send(client, await native(client, kind), token)

    assert refused.status_code == 403
    assert "another client" in refused.json()["error"]["reason"]
    assert session_of(taken)["identity"]["traits"]["email"] == ADA["email"]


@KINDS
@pytest.mark.usefixtures("offered")
@pytest.mark.parametrize(
    ("nonces", "said"),
    [
        pytest.param(("hers", "anothers"), "not the one of this sign-in", id="another"),
        pytest.param(("hers", ""), "send it as id_token_nonce", id="not-sent"),
        pytest.param(("hers", None), "send it as id_token_nonce", id="left-out"),
        pytest.param((None, "hers"), "carries no nonce", id="not-in-the-token"),
        pytest.param((None, ""), "carries no nonce", id="nowhere"),
    ],
)
async def test_mallory_cannot_use_a_token_without_its_nonce(client, acme, kind, nonces, said):
    held, sent = nonces
    body = {"method": "oidc", "provider": "op", "id_token": acme.id_token(ADA_THERE, nonce=held)}
    body |= {} if sent is None else {"id_token_nonce": sent}
    flow = await native(client, kind)

    answer = await client.post(f"/self-service/{kind}?flow={flow['id']}", json=body)

    assert answer.status_code == 403
    assert answer.json()["error"]["id"] == "id_token_refused"
    assert said in answer.json()["error"]["reason"]
    assert "session_token" not in answer.text


async def test_a_refused_token_can_be_followed_by_a_good_one(offered, client, acme):
    flow = await native(client)
    assert (await send(client, flow, acme.id_token(ADA_THERE, nonce="anothers"))).status_code == 403

    assert session_of(await send(client, flow, acme.id_token(ADA_THERE, nonce=NONCE)))


async def test_neither_answer_quotes_the_token(offered, client, acme):
    token = acme.id_token(ADA_THERE, nonce=NONCE, aud="mallorys-app")
    answer = await send(client, await native(client), token)

    assert not any(part in answer.text for part in token.split("."))


@pytest.mark.usefixtures("offered")
class TestBrowserFlows:
    """A page may have signed somebody in by the provider's own script, and submits as apps do."""

    @KINDS
    async def test_the_session_is_a_cookie(self, client, acme, kind):
        flow = await begin(client, kind)
        token = acme.id_token(ADA_THERE, nonce=NONCE)

        answer = await submit(client, flow, method="oidc", provider="op", id_token=token, id_token_nonce=NONCE)

        assert answer.status_code == 200, answer.text
        assert "session_token" not in answer.json()
        assert (await whoami(client))["identity"]["traits"]["email"] == ADA["email"]

    @pytest.mark.parametrize("kind", ["application/x-www-form-urlencoded", "text/plain", "multipart/form-data"])
    async def test_mallorys_page_cannot_sign_ada_in_as_mallory(self, offered, client, acme, kind):
        """Login CSRF: the ID token is mallory's own, and good. What another site's form can send is refused."""
        flow = await begin(client, "login")
        token = acme.id_token({"sub": "mallory", "email": "mallory@example.org"}, nonce=NONCE)
        body = {"method": "oidc", "provider": "op", "id_token": token, "id_token_nonce": NONCE}
        text = urlencode(body) if kind.endswith("urlencoded") else json.dumps(body)

        answer = await client.post(
            f"/self-service/login?flow={flow['id']}", content=text, headers={**AS_JSON, "Content-Type": kind}
        )

        assert answer.status_code in {400, 403}
        assert not await is_signed_in(client)
        assert await identities(offered) == []

    async def test_a_person_reads_in_the_form_why_it_was_refused(self, client, acme):
        flow = await begin(client, "login")
        token = acme.id_token(ADA_THERE, nonce=NONCE, exp=1)
        form = {
            "csrf_token": node(flow, "csrf_token")["attributes"]["value"],
            "provider": "op",
            "id_token": token,
            "id_token_nonce": NONCE,
        }

        answer = await client.post(f"/self-service/login?flow={flow['id']}", data=form, headers={"Accept": "text/html"})

        assert answer.status_code == 303
        found = await client.get("/self-service/login/flows", params={"id": flow["id"]}, headers=AS_JSON)
        assert "it has expired" in texts(found.json())[0]
        assert not await is_signed_in(client)


@pytest.mark.usefixtures("offered")
class TestMissingTraits:
    @KINDS
    async def test_they_are_asked_for_and_the_token_is_not_needed_twice(self, client, acme, kind):
        asked = await bring(client, acme, kind, account={"sub": "ada-1", "name": "Ada"})
        assert asked.status_code == 400, asked.text
        flow = asked.json()
        assert buttons(flow) == [("provider", "op", "Continue")]
        assert node(flow, "traits.name")["attributes"]["value"] == "Ada"

        done = await send(client, flow, traits={"email": ADA["email"]})

        assert session_of(done)["identity"]["traits"] == {"email": ADA["email"], "name": "Ada"}
        assert not session_of(done)["identity"]["verifiable_addresses"][0]["verified"]

    async def test_what_is_sent_along_fills_them_at_once(self, client, acme):
        answer = await bring(client, acme, "registration", account={"sub": "ada-1"}, traits={"email": ADA["email"]})

        assert session_of(answer)["identity"]["traits"]["email"] == ADA["email"]


@pytest.mark.usefixtures("offered")
class TestTaken:
    async def test_an_address_that_is_somebodys_lets_no_app_in(self, client, acme):
        await register(client)
        client.cookies.clear()

        answer = await bring(client, acme, account={**ADA_THERE, "sub": "mallory-1"})

        assert answer.status_code == 400, answer.text
        assert message_ids(answer.json()) == [1010016]
        assert "session_token" not in answer.text

    async def test_its_owner_confirms_in_the_app(self, client, acme):
        person = await register(client)
        client.cookies.clear()
        flow = (await bring(client, acme)).json()

        answer = await client.post(
            f"/self-service/login?flow={flow['id']}",
            json={"method": "password", "identifier": ADA["email"], "password": PASSWORD},
        )

        assert session_of(answer)["identity"]["id"] == person["identity"]["id"]
        assert session_of(await bring(client, acme))["identity"]["id"] == person["identity"]["id"]


@pytest.mark.usefixtures("offered")
class TestProvingAgain:
    @pytest.fixture
    async def ada(self, client, acme):
        answer = await bring(client, acme)
        return {"X-Session-Token": answer.json()["session_token"]}, session_of(answer)

    async def test_an_app_prolongs_its_session_by_a_token(self, offered, acme, ada):
        headers, before = ada
        offered.clock.advance(60)
        async with offered.client(headers=headers) as app:
            flow = await native(app, refresh="true")
            answer = await send(app, flow, acme.id_token(ADA_THERE, nonce=NONCE))
            after = (await app.get("/sessions/whoami")).json()

        assert answer.status_code == 200, answer.text
        assert after["id"] == before["id"]
        assert after["authenticated_at"] > before["authenticated_at"]

    async def test_a_strangers_token_proves_nothing(self, offered, acme, ada):
        headers, before = ada
        offered.clock.advance(60)
        async with offered.client(headers=headers) as app:
            flow = await native(app, refresh="true")
            answer = await send(app, flow, acme.id_token(GRACE_THERE, nonce=NONCE))
            after = (await app.get("/sessions/whoami")).json()

        assert answer.status_code == 400
        assert message_ids(answer.json()) == [4000006]
        assert after["authenticated_at"] == before["authenticated_at"]
        assert len(await identities(offered)) == 1


async def test_what_the_token_says_of_a_second_factor_counts_where_the_operator_trusts_it(stage, client, acme):
    offer(stage, provider_config(acme, aal2_amr_values=["otp"]))

    session = session_of(await bring(client, acme, account={**ADA_THERE, "amr": ["pwd", "otp"]}))

    assert session["authenticator_assurance_level"] == "aal2"


@pytest.mark.parametrize(
    ("provider", "status"), [("nope", 404), ("", 400), ("../op", 404)], ids=["unknown", "none", "a path"]
)
async def test_a_provider_that_is_not_there_lets_nobody_in(offered, client, acme, provider, status):
    answer = await send(client, await native(client), acme.id_token(ADA_THERE, nonce=NONCE), provider=provider)

    assert answer.status_code == status, answer.text
    assert await identities(offered) == []


async def test_a_method_that_is_turned_off_takes_no_token(offered, client, acme):
    flow = await native(client)
    offered.revise(lambda whole: whole["selfservice"]["methods"]["oidc"].update(enabled=False))

    answer = await send(client, flow, acme.id_token(ADA_THERE, nonce=NONCE))

    assert answer.status_code in {400, 404}
    assert "session_token" not in answer.text


async def test_a_provider_without_id_tokens_says_so(stage, client, acme):
    github = provider_config(acme, id_="gh", provider="github")
    offer(stage, {name: value for name, value in github.items() if name != "issuer_url"})

    answer = await send(client, await native(client), acme.id_token(ADA_THERE, nonce=NONCE), provider="gh")

    assert answer.status_code == 400
    assert answer.json()["error"]["id"] == "id_token_unsupported"


async def test_a_provider_that_is_down_is_told_to_the_app_with_its_status(offered, client, acme):
    token = acme.id_token(ADA_THERE, nonce=NONCE)
    await acme.stop()

    answer = await send(client, await native(client), token)

    assert answer.status_code == 502
    assert answer.json()["error"]["id"] == "provider_unreachable"


async def test_an_app_that_brings_no_token_is_sent_to_the_provider_and_its_browser_gets_no_session(
    offered, client, acme
):
    """It didn't ask for an exchange code: whoever holds the browser would get the app's session."""
    answer = await send(client, await native(client))
    assert answer.status_code == 422
    async with offered.client() as browser:
        back = await come_back(browser, await at_provider(answer.json()["redirect_browser_to"]))
        assert not await is_signed_in(browser)
    assert "session" not in back.text


async def test_an_app_that_waits_gets_the_session_that_its_browser_signed_in_to(offered, client, acme):
    flow = await native(client, return_session_token_exchange_code="true")
    url = (await send(client, flow)).json()["redirect_browser_to"]
    async with offered.client() as browser:
        back = await come_back(browser, await at_provider(url))
        assert not await is_signed_in(browser)
    location = httpx.URL(back.headers["location"])

    answer = await client.get(
        "/sessions/token-exchange",
        params={"init_code": flow["session_token_exchange_code"], "return_to_code": location.params["code"]},
    )

    assert answer.status_code == 200, answer.text
    assert answer.json()["session"]["identity"]["traits"]["email"] == ADA["email"]
