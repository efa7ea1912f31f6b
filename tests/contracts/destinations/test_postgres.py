"""The kind `postgres` against a real server: what an event leaves in its tables, and what each failure means."""

import asyncio
import itertools

import msgspec
import psycopg
import pytest

from certificates import for_localhost
from contracts.destinations.contract import event
from contracts.destinations.test_destination_contracts import jobs_of, record_of
from headwater.core.clock import SystemClock
from headwater.core.outcomes import Delivered, NotAuthorised, Rejected, RetryLater
from headwater.deliver import catalogue, exchange
from headwater.deliver.backlog import Job
from headwater.deliver.destination import SmallerBatch, check_settings
from headwater.deliver.destination_route import DestinationRoute
from headwater.deliver.trial import Attempts
from headwater.net.addresses import AddressPolicy
from headwater.net.postgres.sender import PostgresSender
from headwater.workspace.configuration import Destination

SCHEMAS = itertools.count()
ANY_ADDRESS = AddressPolicy(allow_private=True)


@pytest.fixture
def settings(postgres_server):
    return postgres_server.settings(schema=f"shop_{next(SCHEMAS)}")


@pytest.fixture
async def sender():
    found = PostgresSender(ANY_ADDRESS, clock=SystemClock())
    yield found
    await found.close()


@pytest.fixture
def ask(postgres_server, settings):
    """Ask the server something, as anybody would; `{}` stands for the schema."""

    def asked(query):
        with psycopg.connect(postgres_server.dsn, autocommit=True) as connection:
            found = connection.execute(query.replace("{}", settings["schema"]))
            return found.fetchall() if found.description else None

    return asked


def route_of(settings):
    destination = Destination(
        id="dst",
        name="tool",
        kind="postgres",
        source_ids=("web",),
        enabled=True,
        start_offset=0,
        created_at_ms=0,
        settings=settings,
    )
    return DestinationRoute(destination, evaluator=None, read_secret={}.__getitem__)


async def put(sender, settings, *events):
    """Put events into the tables in one batch; return what became of each."""
    route = route_of(settings)
    jobs = await jobs_of(route, events)
    assert len({job.plan.group for job in jobs}) == 1
    trials = await Attempts(route, sender=sender, clock=SystemClock()).make(jobs)
    return [trial.outcome for trial in trials]


def track(message_id, name="Order Completed", **properties):
    return event("track", messageId=message_id, event=name, properties=properties)


def types(ask, table):
    query = "SELECT column_name, data_type FROM information_schema.columns WHERE table_schema = '{}' AND table_name = '"
    return dict(ask(f"{query}{table}'"))


async def test_a_track_call_is_a_row_of_tracks_and_one_of_its_own_table(sender, settings, ask):
    outcomes = await put(sender, settings, track("m1", total=19.5, quantity=2, gift=True, note=None))

    assert [Delivered()] == outcomes
    assert [("m1", "order_completed", "Order Completed")] == ask("SELECT id, event, event_text FROM {}.tracks")
    assert [(19.5, 2, True, "ada-1815", "/engines")] == ask(
        "SELECT total, quantity, gift, user_id, context_page_path FROM {}.order_completed"
    )
    assert "total" not in types(ask, "tracks")
    assert "note" not in types(ask, "order_completed")


async def test_each_value_has_its_type_and_moments_are_kept_to_the_microsecond(sender, settings, ask):
    await put(
        sender, settings, track("m1", n=1, x=1.5, is_new=False, at="2026-11-28T11:00:00.123456+01:00", day="2026-11-28")
    )

    found = types(ask, "order_completed")
    expected = {
        "id": "text",
        "n": "bigint",
        "x": "double precision",
        "is_new": "boolean",
        "at": "timestamp with time zone",
        "day": "text",
        "received_at": "timestamp with time zone",
        "uuid_ts": "timestamp with time zone",
    }
    assert expected == {name: found[name] for name in expected}
    assert [(True,)] == ask("SELECT at = '2026-11-28T10:00:00.123456Z' FROM {}.order_completed")


async def test_the_same_events_again_change_nothing(sender, settings, ask):
    events = [track(f"m{number}", total=number) for number in range(50)]
    await put(sender, settings, *events)
    again = await put(sender, settings, *events, *events[:3])

    assert {Delivered()} == set(again)
    assert [(50, 1225)] == ask("SELECT count(*), sum(total) FROM {}.order_completed")
    assert [(50,)] == ask("SELECT count(*) FROM {}.tracks")


async def test_columns_come_with_the_events_that_have_them(sender, settings, ask):
    await put(sender, settings, track("m1", total=1))
    await put(sender, settings, track("m2", total=2, coupon="SPRING"))

    assert [("m1", None), ("m2", "SPRING")] == ask("SELECT id, coupon FROM {}.order_completed ORDER BY id")


@pytest.mark.parametrize(
    ("values", "found"),
    [
        ((1, 1.5), ("double precision", ["1", "1.5"])),
        ((1.5, 1), ("double precision", ["1.5", "1"])),
        ((1, "many"), ("text", ["1", "many"])),
        (("many", 1), ("text", ["many", "1"])),
        ((True, 0), ("text", ["true", "0"])),
        ((2**63, 1), ("double precision", ["9.223372036854776e+18", "1"])),
        (("2026-11-28T10:00:00Z", "soon"), ("text", ["2026-11-28T10:00:00.000000Z", "soon"])),
        (({"a": 1}, [1, 2]), ("text", [None, "[1,2]"])),
    ],
)
async def test_types_are_widened_to_hold_both_and_nothing_is_lost(sender, settings, ask, values, found):
    for number, value in enumerate(values):
        assert [Delivered()] == await put(sender, settings, track(f"m{number}", value=value))

    texts = [text for (text,) in ask("SELECT value::text FROM {}.order_completed ORDER BY id")]
    assert found == (types(ask, "order_completed")["value"], texts)


async def test_types_are_widened_within_a_batch_too(sender, settings, ask):
    await put(sender, settings, track("m1", value=1), track("m2", value="many"), track("m3", value=2.5))

    assert [("1",), ("many",), ("2.5",)] == ask("SELECT value FROM {}.order_completed ORDER BY id")


async def test_a_column_of_the_operators_own_type_stays_as_it_is(sender, settings, ask):
    ask("CREATE SCHEMA {}")
    ask(
        "CREATE TABLE {}.order_completed (id varchar(100) PRIMARY KEY, total numeric(10, 2), extra jsonb, uuid_ts date)"
    )
    outcomes = await put(sender, settings, track("m1", total=19.5, extra=[1]))

    assert [Delivered()] == outcomes
    assert "numeric" == types(ask, "order_completed")["total"]
    assert [("19.50", [1])] == ask("SELECT total::text, extra FROM {}.order_completed")


def identify(message_id, received_at, **traits):
    return event("identify", messageId=message_id, receivedAt=received_at, traits=traits)


async def test_users_holds_the_latest_traits_and_identifies_every_call(sender, settings, ask):
    await put(sender, settings, identify("m1", "2026-11-28T10:00:00Z", plan="free", city="London"))
    await put(sender, settings, identify("m2", "2026-11-28T11:00:00Z", plan="pro", email=None))

    assert [("ada-1815", "pro", "London")] == ask("SELECT id, plan, city FROM {}.users")
    assert [("m1", "free"), ("m2", "pro")] == ask("SELECT id, plan FROM {}.identifies ORDER BY id")
    assert "anonymous_id" not in types(ask, "users")


async def test_a_call_that_comes_late_fills_gaps_and_overwrites_nothing(sender, settings, ask):
    await put(sender, settings, identify("m2", "2026-11-28T11:00:00Z", plan="pro"))
    await put(sender, settings, identify("m1", "2026-11-28T10:00:00Z", plan="free", city="London"))

    assert [("pro", "London", True)] == ask("SELECT plan, city, received_at = '2026-11-28T11:00:00Z' FROM {}.users")


async def test_one_person_many_times_in_a_batch_is_one_row(sender, settings, ask):
    late, early = (
        identify("m2", "2026-11-28T11:00:00Z", plan="pro"),
        identify("m1", "2026-11-28T10:00:00Z", plan="free", n=1),
    )

    assert [Delivered(), Delivered()] == await put(sender, settings, late, early)
    assert [("pro", 1)] == ask("SELECT plan, n FROM {}.users")


async def test_the_other_calls_have_their_tables(sender, settings, ask):
    for one in (
        event("page", name="Home", category="Docs", properties={"path": "/"}),
        event("screen", name="Start"),
        event("group", groupId="acme", traits={"name": "Acme", "address": {"city": "London"}}),
        event("alias", previousId="old"),
    ):
        assert [Delivered()] == await put(sender, settings, one)

    assert [("Home", "Docs", "/")] == ask("SELECT name, category, path FROM {}.pages")
    assert [("Start",)] == ask("SELECT name FROM {}.screens")
    assert [("acme", "London")] == ask("SELECT group_id, address_city FROM {}.groups")
    assert [("acme", "Acme")] == ask("SELECT id, name FROM {}.accounts")
    assert [("old", "ada-1815")] == ask("SELECT previous_id, user_id FROM {}.aliases")


@pytest.mark.parametrize(
    "name", ["Robert'); DROP TABLE tracks;--", 'quo"te', "日本語", "x" * 500, "users", "%s {} %", "5 Things", "a\x00b"]
)
async def test_whatever_an_event_is_called_it_has_a_table_and_harms_none(sender, settings, ask, name):
    outcomes = await put(sender, settings, track("m1", name, **{name: "value", "note": f"{name}\\ \n\t'"}))

    assert [Delivered()] == outcomes
    assert 2 == len(ask("SELECT 1 FROM information_schema.tables WHERE table_schema = '{}'"))
    assert [(1,)] == ask("SELECT count(*) FROM {}.tracks")


async def test_a_value_that_the_driver_itself_refuses_holds_nobody_up(sender, settings):
    (job,) = await jobs_of(route_of(settings), [track("m1", note="here")])
    load = job.plan.loads[0]
    made = route_of(settings).request(load.action, load.items)
    spoilt = msgspec.structs.replace(made, body=made.body.replace(b'"here"', b'"he\\u0000re"'))
    response = await sender.send(spoilt)

    assert "22000" == response.header("sqlstate")


async def test_of_a_batch_with_one_bad_row_nothing_is_put_and_it_is_sent_again_in_halves(sender, settings, ask):
    ask("CREATE SCHEMA {}")
    ask("CREATE TABLE {}.order_completed (id text PRIMARY KEY, total numeric(3, 1))")
    good, bad = track("m1", total=1), track("m2", total="a lot")

    assert [SmallerBatch, SmallerBatch] == [type(one) for one in await put(sender, settings, good, bad)]
    assert [] == ask("SELECT 1 FROM information_schema.tables WHERE table_schema = '{}' AND table_name = 'tracks'")
    (alone,) = await put(sender, settings, bad)  # which its lane takes for a rejection: nobody else is in it
    assert "22P02" in alone.reason
    assert [Delivered()] == await put(sender, settings, good)


async def test_many_who_shape_the_same_tables_at_once_all_succeed(sender, settings, ask):
    loads = [
        put(sender, settings, *(track(f"m{load}-{number}", **{f"c{load}_{number}": number}) for number in range(5)))
        for load in range(8)
    ]
    found = await asyncio.gather(*loads)

    assert {Delivered()} == {outcome for outcomes in found for outcome in outcomes}
    assert [(40,)] == ask("SELECT count(*) FROM {}.tracks")


async def test_people_are_deleted_from_every_table_and_others_stay(sender, settings, ask):
    await put(sender, settings, identify("m1", "2026-11-28T10:00:00Z", plan="pro"), track("m2"))
    await put(
        sender,
        settings,
        {**track("m3"), "userId": "grace"},
        {**identify("m4", "2026-11-28T10:00:00Z"), "userId": "grace"},
    )
    kind = catalogue.kind("postgres")
    response = await sender.send(kind.deletion.request(["ada-1815", "nobody"], check_settings(kind, settings)))

    assert isinstance(kind.deletion.read(response), Delivered)
    assert b'{"rows":4}' == response.body
    assert [("grace",)] == ask("SELECT user_id FROM {}.identifies")
    assert [("grace",)] == ask("SELECT user_id FROM {}.tracks")
    assert [("grace",)] == ask("SELECT user_id FROM {}.order_completed")
    assert [("grace",)] == ask("SELECT id FROM {}.users")


@pytest.mark.parametrize(
    ("more", "kind", "word"),
    [
        ({"password": "wrong"}, NotAuthorised, "28P01"),
        ({"user": "mallory"}, NotAuthorised, "28P01"),
        ({"database": "gone"}, NotAuthorised, "3D000"),
        ({"port": 1}, RetryLater, "127.0.0.1:1"),
        ({"host": "db.invalid"}, RetryLater, "db.invalid"),
        ({"tls": "verify"}, RetryLater, "SSL"),
    ],
)
async def test_a_server_that_lets_nobody_in_is_told_apart(sender, settings, more, kind, word):
    (outcome,) = await put(sender, {**settings, **more}, track("m1"))

    assert isinstance(outcome, kind)
    assert word in outcome.reason
    assert settings["password"] not in outcome.reason


async def test_a_role_that_may_create_nothing_is_not_authorised(sender, settings, ask):
    ask("CREATE ROLE {}_reader LOGIN PASSWORD 'reader'")
    (outcome,) = await put(
        sender, {**settings, "user": f"{settings['schema']}_reader", "password": "reader"}, track("m1")
    )

    assert isinstance(outcome, NotAuthorised)
    assert "42501" in outcome.reason


async def test_a_role_needs_no_more_than_a_schema_of_its_own(sender, settings, ask):
    ask("CREATE SCHEMA {}")
    ask("CREATE ROLE {}_writer LOGIN PASSWORD 'writer'")
    ask("GRANT USAGE, CREATE ON SCHEMA {} TO {}_writer")
    writer = {"user": f"{settings['schema']}_writer", "password": "writer"}

    assert [Delivered()] == await put(sender, {**settings, **writer}, track("m1"))


async def test_a_lock_that_lasts_is_waited_out_later(sender, settings, postgres_server, ask):
    await put(sender, settings, track("m1"))
    with psycopg.connect(postgres_server.dsn) as connection:
        connection.execute(f"LOCK TABLE {settings['schema']}.tracks")
        (outcome,) = await put(sender, {**settings, "timeout_seconds": 1}, track("m2"))

    assert isinstance(outcome, RetryLater)
    assert "57014" in outcome.reason
    assert not outcome.is_down
    assert [Delivered()] == await put(sender, settings, track("m2"))


async def test_a_connection_that_the_server_has_closed_is_not_lent_again(sender, settings, ask):
    await put(sender, settings, track("m1"))
    ask("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'headwater'")
    (cut,) = await put(sender, settings, track("m2"))

    assert isinstance(cut, RetryLater)
    assert cut.is_down
    assert [Delivered()] == await put(sender, settings, track("m2"))


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "169.254.169.254"])
async def test_refuses_a_server_whose_address_the_policy_refuses(settings, host):
    sender = PostgresSender(AddressPolicy(), clock=SystemClock())
    (outcome,) = await put(sender, {**settings, "host": host, "database": "track"}, track("m1"))

    assert isinstance(outcome, Rejected)
    assert "is never called" in outcome.reason or "HEADWATER_PRIVATE_ADDRESSES" in outcome.reason


async def test_refuses_a_name_that_resolves_to_a_private_address_now(settings):
    async def rebound(_host, _port):
        return ["10.0.0.1"]

    sender = PostgresSender(AddressPolicy(), clock=SystemClock(), lookup=rebound)
    (outcome,) = await put(sender, {**settings, "host": "db.example.com"}, track("m1"))

    assert isinstance(outcome, Rejected)
    assert "10.0.0.1" in outcome.reason


async def test_connects_to_the_address_that_was_judged_and_looks_no_name_up_again(settings):
    async def judged(_host, _port):
        return ["127.0.0.1"]

    sender = PostgresSender(ANY_ADDRESS, clock=SystemClock(), lookup=judged)
    outcomes = await put(sender, {**settings, "host": "db.invalid"}, track("m1"))
    await sender.close()

    assert [Delivered()] == outcomes


async def test_refuses_our_own_listener_also_for_a_database_that_is_called_track(settings):
    policy = AddressPolicy(allow_private=True, own_listeners=frozenset({("127.0.0.1", settings["port"])}))
    (outcome,) = await put(PostgresSender(policy, clock=SystemClock()), {**settings, "database": "track"}, track("m1"))

    assert isinstance(outcome, Rejected)
    assert "Headwater itself" in outcome.reason


async def test_only_so_many_connections_are_open_at_once(sender, settings, ask):
    loads = [put(sender, settings, track(f"m{number}")) for number in range(20)]
    await asyncio.gather(*loads)

    count = "SELECT count(*) FROM pg_stat_activity WHERE application_name = 'headwater'"
    assert 1 <= ask(count)[0][0] <= 4


class Terminator:
    """TLS in front of a server that has none, as poolers and clouds put it."""

    def __init__(self, context, port):
        self._context, self._port = context, port

    async def serve(self, reader, writer):
        await reader.readexactly(8)  # the request for TLS
        writer.write(b"S")
        await writer.drain()
        try:
            await writer.start_tls(self._context)
        except OSError:  # the client doesn't trust us
            writer.close()
            return
        there_reader, there_writer = await asyncio.open_connection("127.0.0.1", self._port)
        await asyncio.gather(pumped(reader, there_writer), pumped(there_reader, writer), return_exceptions=True)


async def pumped(reader, writer):
    try:
        while data := await reader.read(65_536):
            writer.write(data)
            await writer.drain()
    finally:
        writer.close()


@pytest.fixture
async def terminator(tmp_path, postgres_server):
    pem, context = for_localhost(tmp_path)
    server = await asyncio.start_server(Terminator(context, postgres_server.port).serve, "127.0.0.1", 0)
    yield pem, server.sockets[0].getsockname()[1]
    server.close()


async def test_tls_goes_to_whom_the_authority_of_the_settings_vouches_for(sender, settings, terminator):
    certificate, port = terminator
    more = {"tls": "verify", "port": port, "host": "localhost", "certificate": certificate}

    assert [Delivered()] == await put(sender, {**settings, **more}, track("m1"))


@pytest.mark.parametrize(
    ("host", "is_known"), [("localhost", False), ("127.0.0.1", True)], ids=["unknown authority", "another name"]
)
async def test_refuses_a_server_whose_certificate_is_not_its_own(sender, settings, terminator, host, is_known):
    certificate, port = terminator
    more = {"tls": "verify", "port": port, "host": host, **({"certificate": certificate} if is_known else {})}
    (outcome,) = await put(sender, {**settings, **more}, track("m1"))

    assert isinstance(outcome, RetryLater)
    assert "certificate" in outcome.reason


async def test_no_secret_is_in_what_may_be_shown(settings):
    route = route_of(settings)
    (job,) = await jobs_of(route, [track("m1")])
    load = job.plan.loads[0]
    shown = str(exchange.sent(route.request(load.action, load.items), secrets=route.secrets))

    assert settings["password"] not in shown
    assert "order_completed" in shown
    assert isinstance(job, Job)
    assert record_of(track("m1")).message_id == "m1"


async def test_refuses_to_tell_a_server_without_tls_the_password_in_clear(sender, settings):
    heard = asyncio.get_running_loop().create_future()

    async def mallory(reader, writer):
        length = int.from_bytes(await reader.readexactly(4))
        await reader.readexactly(length - 4)
        writer.write(b"R" + (8).to_bytes(4) + (3).to_bytes(4))  # AuthenticationCleartextPassword
        await writer.drain()
        heard.set_result(await reader.read())
        writer.close()

    server = await asyncio.start_server(mallory, "127.0.0.1", 0)
    (outcome,) = await put(sender, {**settings, "port": server.sockets[0].getsockname()[1]}, track("m1"))
    server.close()

    assert isinstance(outcome, RetryLater)
    assert b"" == await heard
