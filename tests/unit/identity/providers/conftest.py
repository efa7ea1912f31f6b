from datetime import UTC, datetime

import pytest
from provider_stage import Provider
from provider_visits import LOOPBACK

from headwater.core.clock import ManualClock
from headwater.identity.providers.providers import Providers
from headwater.net.client import Outbound

NOON = datetime(2026, 11, 24, 12, tzinfo=UTC)
HASTE_SECONDS = 0.2


@pytest.fixture
def clock():
    return ManualClock(NOON)


@pytest.fixture
async def sender():
    sender = Outbound(LOOPBACK)
    yield sender
    await sender.close()


@pytest.fixture
async def op(clock):
    async with Provider(now=clock.now) as op:
        yield op


@pytest.fixture
def providers(sender, clock):
    return Providers(sender=sender, clock=clock)


@pytest.fixture
def hasty_providers(sender, clock):
    return Providers(sender=sender, clock=clock, timeout_seconds=HASTE_SECONDS)
