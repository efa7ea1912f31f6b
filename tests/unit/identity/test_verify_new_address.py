"""`verify_new_address`: the old address stays until the new one is proven, by whoever wanted it, and only once."""

import asyncio
import json

import pytest
from identity_stage import (
    ADA,
    ADMIN,
    AS_JSON,
    GRACE,
    PASSWORD,
    PERSON,
    PUBLIC_URL,
    base64_url,
    csrf_token,
    message_ids,
    node,
    register,
    web_hook,
)
from login_stage import in_app, native, password_of
from login_stage import send as sign_in
from recovery_stage import EMAIL, again, begin, on_stage, path_of, send, wrong
from sqlalchemy import select

from headwater.store.tables import addresses, pending_changes, sessions

HOOK = {"hook": "verify_new_address"}
NEW = "countess@example.org"
NEWER = "lovelace@example.org"
CHANGED = "verifiable_address_changed"


@pytest.fixture
async def stage(tmp_path):
    async with on_stage(tmp_path) as stage:
        stage.revise(with_two_addresses)
        after_profile(stage, HOOK)
        yield stage


@pytest.fixture
async def client(stage):
    async with stage.client() as client:
        yield client


def with_two_addresses(whole):
    person = json.loads(json.dumps(PERSON))
    second = {"type": "string", "format": "email", "ory.sh/kratos": {"verification": {"via": "email"}}}
    person["properties"]["traits"]["properties"]["work"] = second
    whole["identity"]["schemas"][0]["url"] = base64_url(person)


def after_profile(stage, *hooks):
    def change(whole):
        after = whole["selfservice"]["flows"]["settings"].setdefault("after", {})
        after["profile"] = {"hooks": list(hooks)}

    stage.revise(change)


class Ada:
    """Ada in a native app."""

    def __init__(self, client, token):
        self.client = client
        self.headers = {"X-Session-Token": token, **AS_JSON}

    async def settings(self):
        return (await self.client.get("/self-service/settings/api", headers=self.headers)).json()

    async def save(self, flow=None, **traits):
        flow = flow or await self.settings()
        body = {"method": "profile", "traits": {**ADA, **traits}}
        return await self.client.post(path_of(flow["ui"]["action"]), headers=self.headers, json=body)

    async def wants(self, email=NEW, **traits):
        """Ask for another address and return the verification that was begun."""
        answer = await self.save(email=email, **traits)
        assert answer.status_code == 200, answer.text
        (item,) = answer.json()["continue_with"]
        return await again(self.client, item["flow"], "verification")


@pytest.fixture
async def ada(client):
    done = (await sign_in(client, await native(client), password_of(EMAIL))).json()
    return Ada(client, done["session_token"])


async def prove(stage, client, flow, email=NEW):
    return await send(client, flow, method="code", code=await stage.code_to(email))


async def verifiable(stage):
    chosen = select(addresses.c.value, addresses.c.verified).where(addresses.c.purpose == "verifiable")
    return [tuple(row) for row in await stage.database.read(lambda c: c.execute(chosen).all())]


async def may_sign_in(client, email):
    return (await sign_in(client, await native(client), password_of(email))).status_code == 200


async def test_until_it_is_proven_the_old_address_is_hers(stage, client, ada):
    flow = await ada.settings()
    answer = await ada.save(flow, email=NEW, name="Countess")
    shown = answer.json()

    assert (answer.status_code, shown["state"], message_ids(shown)) == (200, "show_form", [])
    assert node(shown, "traits.email")["attributes"]["value"] == EMAIL
    assert shown["identity"]["traits"] == ADA
    (item,) = shown["continue_with"]
    assert (item["action"], item["flow"]["verifiable_address"]) == ("show_verification_ui", NEW)
    assert [mail["recipient"] for mail in await stage.mails()] == [NEW]
    assert await verifiable(stage) == [(EMAIL, False)]
    assert await may_sign_in(client, EMAIL)
    assert not await may_sign_in(client, NEW)
    assert "Profile Updated" not in await stage.event_names()


async def test_once_it_is_proven_all_she_wanted_is_stored(stage, client, ada):
    flow = await ada.wants(name="Countess")
    done = await prove(stage, client, flow)

    assert (done.status_code, done.json()["state"], message_ids(done.json())) == (200, "passed_challenge", [1080002])
    assert await verifiable(stage) == [(NEW, True)]
    assert (await ada.settings())["identity"]["traits"] == {**ADA, "email": NEW, "name": "Countess"}
    assert await may_sign_in(client, NEW)
    assert not await may_sign_in(client, EMAIL)
    assert (await stage.event_names())[-3:-1] == ["Identity Verified", "Profile Updated"]
    assert await stage.count(pending_changes) == 0


async def test_it_happens_once(stage, client, ada):
    flow = await ada.wants()
    code = await stage.code_to(NEW)
    answers = await asyncio.gather(*(send(client, flow, method="code", code=code) for _ in range(4)))

    assert [answer.json().get("state") for answer in answers].count("passed_challenge") == 1
    assert (await stage.event_names()).count("Profile Updated") == 1


async def test_what_is_no_address_is_stored_at_once(stage, ada):
    saved = await ada.save(name="Countess")
    assert (saved.json()["state"], message_ids(saved.json())) == ("success", [1050001])
    assert await stage.mails() == []


async def test_giving_an_address_up_needs_no_proof(stage, client, ada):
    await prove(stage, client, await ada.wants(EMAIL, work=NEW))
    assert (await ada.save()).json()["state"] == "success"
    assert await verifiable(stage) == [(EMAIL, False)]


async def test_two_at_once_are_refused(stage, ada):
    answer = await ada.save(email=NEW, work=NEWER)
    assert (answer.status_code, message_ids(answer.json())) == (400, [4050002])
    assert await stage.mails() == []
    assert await stage.count(pending_changes) == 0


@pytest.mark.parametrize("member", ["email", "work"])
async def test_somebody_elses_address_is_refused_and_its_owner_gets_no_code(stage, client, ada, member):
    await register(client, GRACE)
    before = len(await stage.mails())
    answer = await ada.save(**{member: GRACE["email"]})
    assert (answer.status_code, message_ids(answer.json())) == (400, [4000007])
    assert len(await stage.mails()) == before


async def test_whose_address_it_becomes_meanwhile_keeps_it(stage, client, ada):
    flow = await ada.wants(GRACE["email"])
    code = await stage.code_to(GRACE["email"])
    await register(client, GRACE)
    answer = await send(client, flow, method="code", code=code)

    assert message_ids(answer.json()) == [4000007]
    assert (await ada.settings())["identity"]["traits"] == ADA


async def test_only_what_she_wanted_last_may_happen(stage, client, ada):
    """She mistyped it first: mallory, whose address that is, must not get her account by confirming."""
    mistyped = await ada.wants("mallory@example.org")
    code = await stage.code_to("mallory@example.org")
    right = await ada.wants(NEW)
    assert message_ids((await send(client, mistyped, method="code", code=code)).json()) == [4070006]
    await send(client, mistyped, method="code", email="mallory@example.org")
    assert len(await stage.mails("mallory@example.org")) == 1
    assert (await prove(stage, client, right)).json()["state"] == "passed_challenge"
    assert await verifiable(stage) == [(NEW, True)]


async def test_a_wrong_code_changes_nothing(stage, client, ada):
    flow = await ada.wants()
    answer = await send(client, flow, method="code", code=wrong(await stage.code_to(NEW)))
    assert message_ids(answer.json()) == [4070006]
    assert await verifiable(stage) == [(EMAIL, False)]


async def end(stage, ada, how):
    identity = (await ada.settings())["identity"]["id"]
    async with stage.client(headers=ADMIN) as operator:
        if how == "signed out":
            body = {"session_token": ada.headers["X-Session-Token"]}
            assert (await operator.request("DELETE", "/self-service/logout/api", json=body)).status_code == 204
        elif how == "session forgotten":
            await operator.delete(f"/admin/identities/{identity}/sessions")
        elif how == "session ran out":
            await stage.database.write(lambda c: c.execute(sessions.update().values(expires_at_ms=1)))
        else:
            path, value = {"disabled": ("/state", "inactive"), "changed": ("/traits/name", "Augusta")}[how]
            patch = [{"op": "replace", "path": path, "value": value}]
            assert (await operator.patch(f"/admin/identities/{identity}", json=patch)).status_code == 200


@pytest.mark.parametrize("how", ["signed out", "session forgotten", "session ran out", "disabled", "changed"])
async def test_nothing_happens_once_she_is_somebody_else_or_gone(stage, client, ada, how):
    flow = await ada.wants()
    code = await stage.code_to(NEW)
    await end(stage, ada, how)
    answer = await send(client, flow, method="code", code=code)

    assert message_ids(answer.json()) == [4070006]
    assert await verifiable(stage) == [(EMAIL, False)]


async def test_a_stolen_old_session_can_not_even_ask(stage, client, ada):
    stage.set_flow("settings", privileged_session_max_age="1m")
    stage.clock.advance(61)
    answer = await ada.save(email=NEW)
    assert (answer.status_code, answer.json()["error"]["id"]) == (403, "session_refresh_required")
    assert await stage.mails() == []


async def test_another_code_may_be_asked_for(stage, client, ada):
    flow = await ada.wants()
    first = await stage.code_to(NEW)
    flow = (await send(client, flow, method="code", email=NEW)).json()
    second = await stage.code_to(NEW)

    assert message_ids((await send(client, flow, method="code", code=first)).json()) == [4070006]
    assert (await send(client, flow, method="code", code=second)).json()["state"] == "passed_challenge"
    assert await verifiable(stage) == [(NEW, True)]


async def test_another_flow_proves_nothing_of_it(stage, client, ada):
    await ada.wants()
    other = await begin(client, "verification")
    await send(client, other, method="code", email=NEW)
    assert len(await stage.mails(NEW)) == 1  # the address is nobody's yet
    code = await stage.code_to(NEW)
    assert message_ids((await send(client, other, method="code", code=code)).json()) == [4070006]


async def test_a_link_does_as_well(stage, client, ada):
    stage.use("link")
    await ada.save(email=NEW)
    async with stage.client() as mailbox:
        opened = await mailbox.get(await stage.link_to(NEW), headers={"Accept": "text/html"})
    assert opened.status_code == 303
    assert await verifiable(stage) == [(NEW, True)]


async def test_where_nothing_can_be_proven_nothing_is_changed(stage, ada):
    stage.set_flow("verification", enabled=False)
    answer = await ada.save(email=NEW)
    assert (answer.status_code, message_ids(answer.json())) == (400, [4000001])
    assert await verifiable(stage) == [(EMAIL, False)]


async def test_a_page_goes_to_the_verification_and_on_from_there(stage, client):
    await sign_in(client, await in_app(client), password_of(EMAIL))
    flow = (await client.get(f"/self-service/settings/browser?return_to={PUBLIC_URL}/x", headers=AS_JSON)).json()
    body = {"method": "profile", "traits.email": NEW, "traits.name": "Ada", "csrf_token": csrf_token(flow)}
    answer = await client.post(path_of(flow["ui"]["action"]), data=body, headers={"Accept": "text/html"})

    assert answer.status_code == 303
    assert answer.headers["location"].startswith(f"{PUBLIC_URL}/ui/verification?flow=")
    shown = await again(client, {"id": answer.headers["location"].partition("flow=")[2]}, "verification")
    done = await prove(stage, client, shown)
    assert done.json()["ui"]["action"] == f"{PUBLIC_URL}/x"
    assert await verifiable(stage) == [(NEW, True)]


async def test_actions_are_asked_before_anything_waits_and_told_when_it_happens(stage, client, ada, receiver):
    asking = web_hook(receiver.url, id="asks", response={"parse": True})
    after_profile(stage, HOOK, asking, web_hook(receiver.url, id="told"), {"hook": "notify_previous_addresses"})
    receiver.will_say({"identity": {"metadata_public": {"tier": "gold"}}})
    flow = await ada.wants()

    (asked,) = receiver.bodies
    assert asked["ctx"]["identity"]["traits"]["email"] == NEW
    assert [mail["template_type"] for mail in await stage.mails()] == ["verification_code_valid"]
    receiver.will_say({})
    await prove(stage, client, flow)
    told = receiver.bodies[1]["ctx"]
    assert len(receiver.bodies) == 2
    assert (told["identity"]["traits"]["email"], told["previous_identity"]["traits"]["email"]) == (NEW, EMAIL)
    assert told["identity"]["verifiable_addresses"][0]["verified"]
    assert told["identity"]["metadata_public"] == {"tier": "gold"}
    assert (told["flow"]["ui"]["action"].partition("?")[0], "session" in told) == (
        f"{PUBLIC_URL}/self-service/settings",
        True,
    )
    assert (await ada.settings())["identity"]["metadata_public"] == {"tier": "gold"}
    assert [mail["template_type"] for mail in await stage.mails(EMAIL)] == [CHANGED]


async def test_an_action_that_says_no_begins_nothing(stage, client, ada, receiver):
    after_profile(stage, HOOK, web_hook(receiver.url, can_interrupt=True))
    receiver.will_say({"messages": [{"messages": [{"id": 1, "text": "No.", "type": "error"}]}]}, status=400)
    answer = await ada.save(email=NEW)
    assert (answer.status_code, message_ids(answer.json())) == (400, [1])
    assert await stage.mails() == []
    assert await stage.count(pending_changes) == 0


async def test_the_same_person_may_change_again_afterwards(stage, client, ada):
    await prove(stage, client, await ada.wants())
    flow = await ada.wants(NEWER)
    await prove(stage, client, flow, NEWER)
    assert await verifiable(stage) == [(NEWER, True)]
    assert PASSWORD
