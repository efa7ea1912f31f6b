"""The question about breached passwords: told nothing but five digits, and never the reason for a crash."""

import socket

import pytest
from aiohttp import web
from breach_service import BreachService, digest

import certificates
from headwater.core.secrets import Secret
from headwater.identity.config.methods_config import PasswordMethod
from headwater.identity.passwords.breaches import MAX_ANSWER_BYTES, Breaches, BreachServiceError
from headwater.net.addresses import AddressPolicy
from headwater.net.client import Outbound

BREACHED = Secret("correct horse battery staple")
FRESH = Secret("Ada weaves algebraical patterns")


@pytest.fixture
async def service(tmp_path):
    service = BreachService(counts={BREACHED.reveal(): 216})
    app = web.Application()
    app.router.add_get("/range/{prefix}", service.answer)
    runner = web.AppRunner(app)
    await runner.setup()
    service.certificate, context = certificates.for_localhost(tmp_path)
    await web.TCPSite(runner, "localhost", 0, ssl_context=context).start()
    service.host = f"localhost:{runner.addresses[0][1]}"
    yield service
    await runner.cleanup()


@pytest.fixture
async def breaches(service):
    outbound = Outbound(AddressPolicy(allow_private=True), trusted_certificates=service.certificate)
    yield Breaches(outbound)
    await outbound.close()


def rules(service, **changes):
    return PasswordMethod(
        **{
            "is_enabled": True,
            "min_length": 8,
            "checks_similarity": True,
            "refuses_common": True,
            "asks_breaches": True,
            "breach_host": service.host,
            "max_breaches": 0,
            "ignores_breach_errors": True,
            **changes,
        }
    )


async def test_a_breached_password_is_counted_and_a_fresh_one_is_not(service, breaches):
    assert await breaches.count(BREACHED, host=service.host) == 216
    assert await breaches.count(FRESH, host=service.host) == 0


async def test_the_service_learns_five_digits_and_nothing_else(service, breaches):
    await breaches.count(BREACHED, host=service.host)

    (seen,) = service.seen
    whole = digest(BREACHED.reveal())
    assert seen.startswith(f"GET /range/{whole[:5]} ")
    assert seen.endswith(" b''")
    assert whole[:6] not in seen.upper()
    assert whole[5:] not in seen.upper()
    assert "horse" not in seen


@pytest.mark.parametrize(
    ("line", "count"),
    [("{}:0", 0), ("{}:1,234,567", 1234567), ("{}", 1), ("\r\n{}:7\r\n", 7), ("{}:7\n", 7)],
    ids=["padding", "grouped digits", "no count", "blank lines", "unix lines"],
)
async def test_the_answers_of_all_mirrors_are_understood(service, breaches, line, count):
    service.body = line.format(digest(BREACHED.reveal())[5:].lower()).encode()

    assert await breaches.count(BREACHED, host=service.host) == count


@pytest.mark.parametrize(
    ("status", "body"),
    [
        (500, None),
        (429, b"slow down"),
        (404, b""),
        (200, b"<html>Please log in to this airport's network</html>"),
        (200, b"\xff\xfe"),
        (200, b"A" * 36 + b":1"),
        (200, b"0" * 35 + b":-1"),
        (200, b"0" * (MAX_ANSWER_BYTES + 1)),
    ],
    ids=["500", "429", "404", "html", "binary", "long line", "negative", "endless"],
)
async def test_an_answer_that_is_no_list_is_a_named_failure(service, breaches, status, body):
    service.status, service.body = status, body

    with pytest.raises(BreachServiceError) as failed:
        await breaches.count(BREACHED, host=service.host)
    assert failed.value.status == 502
    assert digest(BREACHED.reveal())[:5] not in failed.value.message


async def test_a_service_that_is_down_is_a_named_failure(service, breaches):
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]

    with pytest.raises(BreachServiceError, match="can't be looked up"):
        await breaches.count(BREACHED, host=f"localhost:{port}")


async def test_mallory_in_the_network_with_another_certificate_learns_nothing(service):
    outbound = Outbound(AddressPolicy(allow_private=True))
    with pytest.raises(BreachServiceError, match="certificate"):
        await Breaches(outbound).count(BREACHED, host=service.host)
    await outbound.close()

    assert service.seen == []


@pytest.mark.parametrize("host", ["not a host", "", "local\nhost", "user@:1"])
async def test_a_host_that_is_none_is_a_named_failure(breaches, host):
    with pytest.raises(BreachServiceError):
        await breaches.count(BREACHED, host=host)


async def test_a_breached_password_gets_orys_message(service, breaches):
    objection = await breaches.objection_or_none(BREACHED, rules=rules(service))

    assert objection is not None
    assert (objection.id, objection.type, objection.context) == (4000034, "error", {"breaches": 216})
    assert await breaches.objection_or_none(FRESH, rules=rules(service)) is None


@pytest.mark.parametrize(("most", "is_refused"), [(215, True), (216, False)])
async def test_as_many_breaches_as_configured_are_overlooked(service, breaches, most, is_refused):
    objection = await breaches.objection_or_none(BREACHED, rules=rules(service, max_breaches=most))

    assert (objection is not None) is is_refused


async def test_nobody_is_asked_unless_the_switch_is_on(service, breaches):
    assert await breaches.objection_or_none(BREACHED, rules=rules(service, asks_breaches=False)) is None
    assert service.seen == []


async def test_an_outage_stops_sign_ups_only_if_configured_so(service, breaches):
    service.status = 503

    assert await breaches.objection_or_none(BREACHED, rules=rules(service)) is None
    with pytest.raises(BreachServiceError):
        await breaches.objection_or_none(BREACHED, rules=rules(service, ignores_breach_errors=False))
