"""`clients.http` of a project, by the whole way: it holds for hooks, for sign-in providers and for claims mappers."""

import social_stage as social
from identity_stage import ADA, register, start_native, web_hook
from identity_stage import submit as submit_native
from social_stage import begin, go, leave, submit, texts, whoami

from headwater.core.secrets import Sealer
from headwater.deliver import queued
from headwater.net.address_rules import AddressRules


def set_clients(stage, **http):
    stage.revise(lambda document: document.update(clients={"http": http}))


async def test_a_provider_at_a_private_address_is_not_called_by_a_project_that_refuses_those(offered, client, acme):
    set_clients(offered, disallow_private_ip_ranges=True)

    answer = await submit(client, await begin(client), provider="op")

    assert answer.json()["error"]["id"] == "provider_misconfigured"
    assert "may not be called from here" in answer.text


async def test_an_exception_lets_a_project_sign_people_in_by_a_provider_in_its_own_network(offered, client, acme):
    set_clients(offered, disallow_private_ip_ranges=True, private_ip_exception_urls=[f"{acme.issuer}/**"])

    await go(client)

    assert (await whoami(client))["identity"]["traits"]["email"] == ADA["email"]


async def test_it_holds_from_the_next_request_on_also_for_what_was_learned_before(offered, client, acme):
    flow = await begin(client)
    back = await social.at_provider(await leave(client, flow))  # the metadata are known now
    set_clients(offered, disallow_private_ip_ranges=True)

    shown = await social.shown(client, await social.come_back(client, back))

    assert "may not be called from here" in texts(shown)[0]


async def test_a_hook_to_a_private_address_fails_for_a_project_that_refuses_those(stage, client, receiver):
    stage.set_hooks(web_hook(receiver.url))
    set_clients(stage, disallow_private_ip_ranges=True)

    answer = await submit_native(client, await start_native(client), ADA)

    assert answer.status_code == 502
    assert receiver.bodies == []


async def test_an_exception_reaches_the_hook_behind_it(stage, client, receiver):
    stage.set_hooks(web_hook(receiver.url))
    set_clients(stage, disallow_private_ip_ranges=True, private_ip_exception_urls=[receiver.url])

    await register(client)

    assert len(receiver.bodies) == 1


async def test_what_is_queued_carries_the_rules_along(stage, client, receiver):
    stage.set_hooks(web_hook(receiver.url, response={"ignore": True}))
    set_clients(stage, disallow_private_ip_ranges=True, private_ip_exception_urls=["http://crm.internal/**"])

    await register(client)

    (record,) = await stage.queued()
    assert queued.unseal(record.body, Sealer(stage.key)).request.rules == AddressRules(
        refuses_private=True, exceptions=("http://crm.internal/**",)
    )
