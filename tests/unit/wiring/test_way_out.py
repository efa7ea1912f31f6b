import sys

import pytest

from headwater.core.clock import SystemClock
from headwater.net.addresses import AddressPolicy
from headwater.net.outbound import AddressRefusedError, Request, Response, UnreachableError
from headwater.wiring import way_out
from headwater.wiring.way_out import LazyPostgres

ASK = Request(method="POST", url="postgresql://127.0.0.1:1/db", body=b'{"do":"forget","schema":"s","user_ids":[]}')


class Http:
    """The other way out, which says that it was taken."""

    async def send(self, _request):
        return Response(status=204)


async def test_each_scheme_has_its_sender():
    postgres = LazyPostgres(AddressPolicy(), clock=SystemClock())
    sender = way_out.with_postgres(Http(), postgres)

    assert 204 == (await sender.send(Request(method="GET", url="HTTPS://example.com"))).status
    with pytest.raises(AddressRefusedError):
        await sender.send(ASK)
    await postgres.close()


async def test_without_the_driver_events_wait_and_are_told_what_to_install(monkeypatch):
    monkeypatch.setitem(sys.modules, way_out.POSTGRES, None)

    with pytest.raises(UnreachableError, match=r"pip install 'headwater\[postgres\]'"):
        await LazyPostgres(AddressPolicy(), clock=SystemClock()).send(ASK)
