"""A tool may quote what it was sent: nothing that is kept or shown of its answer has a secret in it, in any form."""

import msgspec
import pytest
from aiohttp import web
from delivering import SECRETS, event, receiving, until, webhook, world

from headwater.core.clock import SystemClock
from headwater.core.outcomes import State
from headwater.deliver import catalogue, exchange, kept_settings
from headwater.deliver.dry_runs import DryRuns
from headwater.deliver.letters.wanted import Wanted

SECRET = 'hunter "2" & co/ä'


@pytest.fixture
async def quoting():
    """A receiver that refuses all, with the words of the webhook URL that it was called by: Slack's only secret."""
    async with receiving() as receiver:

        async def quote(request):
            receiver.seen.append(await request.text())
            return web.Response(status=400, text=f"no {receiver.url}")

        receiver.handle = quote
        yield receiver


@pytest.fixture
async def w(tmp_path):
    async with world(tmp_path) as made:
        yield made


def slack(receiver):
    return msgspec.structs.replace(webhook("chat", receiver.url), kind="slack")


async def test_no_reason_of_an_attempt_or_a_dead_letter_has_it(w, quoting):
    hook = slack(quoting)
    (offset,) = await w.append(event("m1"))
    await w.start(hook)
    await w.until_state(offset, hook, State.REJECTED)
    delivery, recent = await w.delivery(offset, hook), await w.report.recent(5)
    (letter,) = await w.letters.newest(Wanted(destination="chat"), limit=5)
    (opened,) = await w.opened("chat")

    assert "no withheld" in delivery.reason
    assert quoting.url not in str((delivery, recent, letter, opened, await w.report.sums()))
    await w.stop()
    assert quoting.url.encode() not in b"".join(path.read_bytes() for path in w.path.parent.glob("deliver.db*"))
    w.build()


async def test_nor_has_what_a_test_of_the_destination_shows(w, quoting):
    runs = DryRuns(evaluator=w.sandbox, sender=w.outbound, clock=SystemClock(), read_secret=SECRETS.__getitem__)
    tried = await runs.run(slack(quoting), event("m1"), is_sent=True)
    await until(lambda: quoting.seen)

    assert "no withheld" in tried.answers[0]["outcome"]["reason"]
    assert quoting.url not in str(tried)


@pytest.mark.parametrize(
    "form",
    [
        SECRET,
        msgspec.json.encode({"key": SECRET}).decode(),
        "key=hunter+%222%22+%26+co%2F%C3%A4&x=1",
        "?key=hunter%20%222%22%20%26%20co%2F%C3%A4",
    ],
    ids=["as it is", "in JSON", "in a form", "in a query"],
)
def test_it_is_known_in_each_form_in_which_it_travels(form):
    secrets = kept_settings.secrets_in(catalogue.kind("webhook"), {"shared_secret": SECRET})

    assert "hunter" not in exchange.hidden(form, secrets=secrets)


def test_one_that_begins_with_another_is_hidden_whole():
    assert ["withheld", "withheld"] == [exchange.hidden(one, secrets={"ab", "abcd"}) for one in ("ab", "abcd")]
