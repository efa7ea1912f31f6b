from datetime import UTC, datetime

import pytest
import social_stage
from provider_visits import LOOPBACK

from headwater.core.clock import ManualClock
from headwater.net.client import Outbound

NOON = datetime(2026, 11, 24, 12, tzinfo=UTC)


@pytest.fixture
def clock():
    return ManualClock(NOON)


@pytest.fixture
async def sender():
    sender = Outbound(LOOPBACK)
    yield sender
    await sender.close()


@pytest.fixture
async def acme(stage):
    """A provider whose time is the stage's, with ada signed in."""
    async with social_stage.provider(stage, "op", social_stage.ADA_THERE) as acme:
        yield acme


@pytest.fixture
async def beta(stage):
    """Another one, where ada is somebody else."""
    async with social_stage.provider(stage, "op2", {**social_stage.ADA_THERE, "sub": "ada-2"}) as beta:
        yield beta


@pytest.fixture
def offered(stage, acme):
    """A project that lets people in by way of `acme`, called `op`."""
    social_stage.offer(stage, social_stage.provider_config(acme))
    return stage
