"""A provider that takes its time: whoever waits for it gets their form back and reads why, and nobody else waits."""

import asyncio
from urllib.parse import urlencode, urlsplit

import pytest
import social_stage as social
from identity_stage import GRACE, csrf_token, register
from provider_stage import DISCOVERY, JWKS, TOKEN
from social_stage import ADA_THERE, begin, come_back, is_signed_in, offer, provider_config, shown, submit, texts

from headwater.net.outbound import ReceiverTimeoutError

HOST = "login.acme.example"
PATIENCE_SECONDS = 20


class Slow:
    """Stands before a provider: it doesn't answer one path until the test says that its time is over."""

    def __init__(self, op, path):
        self._op = op
        self._path = path
        self.asked = asyncio.Event()
        self.time_over = asyncio.Event()

    async def answer(self, request):
        if urlsplit(request.url).path == self._path and not self.time_over.is_set():
            self.asked.set()
            await self.time_over.wait()
            raise ReceiverTimeoutError
        return await self._op.answer(request)


@pytest.fixture
def op(stage):
    """A provider under a name: what is asked there is answered in process."""
    op = social.provider(stage, "op", ADA_THERE)
    op.issuer = f"https://{HOST}"
    offer(stage, provider_config(op))
    return op


@pytest.fixture
def slow_at(stage, op):
    def slow_at(path):
        stage.hosts[HOST] = Slow(op, path).answer
        return stage.hosts[HOST].__self__

    return slow_at


async def leave(browser, flow):
    """Press the provider's button, as a page without scripts does."""
    sent = {"csrf_token": csrf_token(flow), "provider": "op"}
    return await browser.post(flow["ui"]["action"], data=sent, headers={"Accept": "text/html"})


async def go(browser, op, kind):
    """Go there and come back; return the last answer, which is the first if nobody is sent away."""
    answer = await leave(browser, await begin(browser, kind))
    if not answer.headers["location"].startswith(op.issuer):
        return answer
    return await come_back(browser, f"{op.redirect_uri}?{urlencode(await op.visit(answer.headers['location']))}")


@pytest.mark.parametrize("path", [DISCOVERY, TOKEN, JWKS])
@pytest.mark.parametrize("kind", ["login", "registration"])
async def test_ada_who_waited_in_vain_has_her_form_and_nobody_else_waited(stage, op, slow_at, path, kind):
    slow = slow_at(path)
    async with asyncio.timeout(PATIENCE_SECONDS), stage.client() as ada, stage.client() as grace:
        waiting = asyncio.create_task(go(ada, op, kind))
        await slow.asked.wait()
        await register(grace, GRACE)
        assert social.buttons(await begin(grace, kind))
        assert not waiting.done()
        slow.time_over.set()
        flow = await shown(ada, await waiting)

        assert f"{HOST} can't be reached at the moment" in texts(flow)[0]
        assert social.buttons(flow)
        assert not await is_signed_in(ada)
        await go(ada, op, kind)
        assert await is_signed_in(ada)


async def test_a_program_that_waited_in_vain_is_told_so_by_the_status(client, slow_at):
    slow = slow_at(DISCOVERY)
    slow_flow = await begin(client, "login")
    async with asyncio.timeout(PATIENCE_SECONDS):
        sent = asyncio.create_task(submit(client, slow_flow, method="oidc", provider="op"))
        await slow.asked.wait()
        slow.time_over.set()
        answer = await sent

    assert (502, "provider_unreachable") == (answer.status_code, answer.json()["error"]["id"])


async def test_a_second_press_while_the_provider_is_slow_asks_it_once_and_wins(client, op, slow_at):
    """Impatience is the rule: two submits of one form take turns, and the later departure is the one that counts."""
    slow = slow_at(DISCOVERY)
    flow = await begin(client, "login")
    async with asyncio.timeout(PATIENCE_SECONDS):
        first = asyncio.create_task(leave(client, flow))
        await slow.asked.wait()
        second = asyncio.create_task(leave(client, flow))
        slow.time_over.set()
        assert "/ui/login" in (await first).headers["location"]
        url = (await second).headers["location"]
    await come_back(client, f"{op.redirect_uri}?{urlencode(await op.visit(url))}")

    assert await is_signed_in(client)
