"""A destination's proxy: all that it sends goes through it, and its user and password are nobody's to see."""

import dataclasses
import json
import sqlite3

import pytest
from delivering import event, receiving, until, webhook, world

from forward_proxy import proxying
from headwater.core.clock import SystemClock
from headwater.core.outcomes import State
from headwater.deliver import catalogue, kept_settings, kind_sheet, plug_ins, sealing
from headwater.deliver.destination import BadDestinationSettingsError, Field, check_settings
from headwater.deliver.dry_runs import DryRuns
from headwater.net.addresses import AddressPolicy
from headwater.net.client import Outbound

KIND = catalogue.kind("webhook")
PROXY = "http://ada:p%40ss@proxy.example:3128"
SHOWN = "http://***@proxy.example:3128"
LIVE = {"url": "https://crm.example/in", "shared_secret": "hush", "proxy": PROXY}
HTTP_KINDS = [name for name, kind in catalogue.built_in().items() if not kind.no_proxy]


# -- the setting --------------------------------------------------------------------------------------------------


def test_a_proxy_is_shown_without_its_user_and_password_and_written_back_keeps_them():
    shown = kept_settings.shown(KIND, LIVE)

    assert SHOWN == shown["proxy"]
    assert LIVE == kept_settings.kept(KIND, LIVE, shown)
    assert "http://proxy.example:3128" == kept_settings.shown(KIND, {"proxy": "http://proxy.example:3128"})["proxy"]


def test_a_proxy_is_taken_away_or_given_another_password():
    assert "proxy" not in kept_settings.merged(KIND, LIVE, {"proxy": None})
    changed = kept_settings.merged(KIND, LIVE, {"proxy": "http://ada:new@proxy.example:3128"})

    assert {**LIVE, "proxy": "http://ada:new@proxy.example:3128"} == changed


@pytest.mark.parametrize("value", ["http://[::1", "http://a@[x]:1", "://@", ""])
def test_what_no_url_parser_reads_is_refused_like_any_other(value):
    with pytest.raises(BadDestinationSettingsError):
        check_settings(KIND, kept_settings.merged(KIND, LIVE, {"proxy": value}))


def test_mallory_can_not_have_a_kept_password_sent_to_another_proxy():
    with pytest.raises(BadDestinationSettingsError, match=r"stands for what is kept for that very proxy"):
        kept_settings.merged(KIND, LIVE, {"proxy": "http://***@mallory.example:3128"})


@pytest.mark.parametrize("url", ["http://crm.example/in", "http://ada:pw@crm.example/in"])
def test_mallorys_proxy_can_not_read_kept_secrets_that_go_out_in_clear(url):
    secret = {} if "pw" in url else {"shared_secret": "hush"}
    with pytest.raises(BadDestinationSettingsError, match="would go through another `proxy`"):
        kept_settings.merged(KIND, {"url": url, **secret}, {"proxy": "http://mallory.example"})


def test_through_https_a_new_proxy_reads_nothing_and_needs_no_secret_anew():
    changed = kept_settings.merged(KIND, LIVE, {"proxy": "http://other.example"})

    assert {**LIVE, "proxy": "http://other.example"} == changed


@pytest.mark.parametrize("value", ["proxy.example:3128", "socks5://x:1", "http://ada:sesame@x/path", 7, "http://***@x"])
def test_what_is_no_proxy_is_refused_with_what_would_be_and_nothing_of_it_repeated(value):
    with pytest.raises(BadDestinationSettingsError, match="`proxy` of webhook must be http://host:port") as caught:
        check_settings(KIND, {"url": "https://crm.example/", "proxy": value})

    assert "sesame" not in caught.value.message


def test_a_proxy_may_only_be_named_and_is_read_for_sending():
    named = check_settings(KIND, {**LIVE, "proxy": "env:PROXY"})

    assert "env:PROXY" == kept_settings.shown(KIND, named)["proxy"]
    assert PROXY == kept_settings.opened(KIND, named, read={"env:PROXY": PROXY}.__getitem__)["proxy"]
    with pytest.raises(BadDestinationSettingsError, match="`proxy` names something else: A proxy is") as caught:
        kept_settings.opened(KIND, named, read={"env:PROXY": "hunter2"}.__getitem__)
    assert "hunter2" not in caught.value.message


def test_a_password_is_known_in_every_form_in_which_it_goes_out():
    found = kept_settings.secrets_in(KIND, LIVE)

    assert {"hush", "p@ss", "p%40ss", "YWRhOnBAc3M="} == found
    assert {"token"} <= kept_settings.secrets_in(KIND, {"proxy": "http://token@proxy.example"})
    assert frozenset() == kept_settings.secrets_in(KIND, {"proxy": "http://proxy.example"})


def test_postgres_says_why_it_takes_none():
    settings = {"host": "db.example", "database": "d", "user": "u", "password": "p"}
    postgres = catalogue.kind("postgres")

    with pytest.raises(
        BadDestinationSettingsError, match="PostgreSQL's own protocol, which HTTP proxies don't pass on"
    ):
        check_settings(postgres, {**settings, "proxy": "http://proxy.example"})
    assert "proxy" not in check_settings(postgres, settings)


def test_every_kind_that_speaks_http_has_one_in_its_form():
    forms = {name: [field["name"] for field in kind_sheet.sheet(catalogue.kind(name))["fields"]] for name in HTTP_KINDS}

    assert {"webhook", "http-api", "segment", "hubspot"} <= set(HTTP_KINDS)
    assert {True} == {"proxy" in form for form in forms.values()}
    assert "postgres" not in HTTP_KINDS


def test_a_plug_in_can_not_mean_something_else_by_it():
    class Entry:
        name, value, dist = "pigeon", "pigeon:KIND", None

        def load(self):
            return dataclasses.replace(KIND, name="pigeon", fields=(Field(name="proxy", label="Proxy", help="Mine."),))

    found = plug_ins.load([Entry()], taken=())

    assert "its setting 'proxy' is one that every kind has" in found.problems["pigeon"]


# -- the way out ----------------------------------------------------------------------------------------------------


def through(receiver, proxy, *, login="", name="crm", **settings):
    port = receiver.url.rpartition(":")[2]
    return webhook(name, f"http://crm.test:{port}", proxy=proxy.url(login), **settings)


async def knows_only_the_proxy(host, _port):
    assert host == "localhost", f"{host} was looked up here"
    return ["127.0.0.1"]


@pytest.fixture
async def outbound():
    made = Outbound(AddressPolicy(allow_private=True), lookup=knows_only_the_proxy)
    yield made
    await made.close()


async def test_deliveries_go_through_it_with_its_password_and_nothing_that_is_kept_has_that(tmp_path, outbound):
    async with receiving() as receiver, proxying(login="ada:sesame") as proxy, world(tmp_path, outbound=outbound) as w:
        receiver.answer = lambda message_id: (400 if message_id == "bad" else 200, {"X-Seen": "sesame"})
        crm = through(receiver, proxy, login="ada:sesame")
        await w.start(crm)
        good, bad = await w.append(event("good"), event("bad"))
        await w.until_state(good, crm, State.DELIVERED)
        await w.until_state(bad, crm, State.REJECTED)

        assert {"good", "bad"} == set(receiver.seen)
        assert len(proxy.seen) == 2
        with sqlite3.connect(w.path) as connection:
            ((sealed,),) = connection.execute("SELECT detail FROM dead_letters").fetchall()
        exchange = sealing.unseal_detail(sealed, sealer=w.sealer)
        assert b"sesame" not in exchange
        assert f"http://localhost:{proxy.port}" == json.loads(exchange)["request"]["proxy"]


async def test_a_proxy_that_refuses_us_loses_nothing_and_is_made_up_for_once_it_lets_us_in(tmp_path, outbound):
    async with receiving() as receiver, proxying(login="ada:new") as proxy, world(tmp_path, outbound=outbound) as w:
        crm = through(receiver, proxy, login="ada:old")
        await w.start(crm)
        offsets = await w.append_many(30)
        await w.advance_until(lambda: len(proxy.seen) > 20)
        assert (await w.status("crm")).breaker != "closed"
        proxy.login = "ada:old"
        await w.advance_until(lambda: len(set(receiver.seen)) == 30)
        for offset in offsets:
            await w.until_state(offset, crm, State.DELIVERED)


async def test_a_proxy_that_is_down_is_an_outage_and_costs_nobody_else_anything(tmp_path, outbound):
    async with receiving() as receiver, world(tmp_path, outbound=outbound) as w:
        async with proxying() as proxy:
            crm = through(receiver, proxy)
        well = webhook("well", receiver.url)
        await w.start(crm, well)
        [offset] = await w.append(event("m"))
        await w.until_state(offset, well, State.DELIVERED)
        await until(lambda: w.delivery(offset, crm))
        await w.until_state(offset, crm, State.RETRYING)

        assert f"The proxy localhost:{proxy.port} can't be reached." == (await w.delivery(offset, crm)).reason


async def test_a_test_of_a_destination_is_sent_through_it_too(tmp_path, outbound):
    async with receiving() as receiver, proxying() as proxy, world(tmp_path, outbound=outbound) as w:
        runs = DryRuns(evaluator=w.sandbox, sender=outbound, clock=SystemClock(), read_secret=str)
        tried = await runs.run(through(receiver, proxy), event("m"), is_sent=True)

        assert ["delivered"] == [answer["outcome"]["state"] for answer in tried.answers]
        assert len(proxy.seen) == len(receiver.seen) == 1
