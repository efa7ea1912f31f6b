"""A real receiver, a real way out, a real database; time alone is ours."""

import inspect
import socket
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest
import pytest_asyncio
from actions_stage import InstantClock, Receiver, Stage
from aiohttp import web

from fresh_database import fresh_database
from headwater.actions.runner import ActionRunner
from headwater.core.clock import SystemClock
from headwater.core.secrets import Sealer, new_key
from headwater.mapping.limits import SandboxLimits
from headwater.mapping.sandbox import Sandbox
from headwater.net.addresses import AddressPolicy
from headwater.net.client import Outbound
from headwater.store.database import Database

HERE = Path(__file__).parent
# What a program may use up is what it always is; a busy machine may take its time.
PATIENT = SandboxLimits(patience_seconds=60, queue_seconds=60)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Let the async tests of this folder share one event loop, and so one sandbox."""
    for one in items:
        if HERE in one.path.parents and inspect.iscoroutinefunction(getattr(one, "function", None)):
            one.add_marker(pytest.mark.asyncio(loop_scope="session"), append=False)


@pytest_asyncio.fixture(loop_scope="session")
async def receiver() -> AsyncIterator[Receiver]:
    one = Receiver()
    app = web.Application()
    app.router.add_route("*", "/{path:.*}", one.answer)
    runner = web.AppRunner(app)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    one.url = f"http://127.0.0.1:{runner.addresses[0][1]}/hook"
    yield one
    await runner.cleanup()


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def evaluator() -> AsyncIterator[Sandbox]:
    """The real sandbox, started once: its workers live in the loop that all tests here share."""
    one = Sandbox(clock=SystemClock(), limits=PATIENT)
    await one.start()
    yield one
    await one.close()


@pytest_asyncio.fixture(loop_scope="session")
async def outbound() -> AsyncIterator[Outbound]:
    one = Outbound(AddressPolicy(allow_private=True))
    yield one
    await one.close()


@pytest.fixture
def database(tmp_path: Path) -> Iterator[Database]:
    one = fresh_database(tmp_path / "core.db")
    yield one
    one.close()


@pytest.fixture
def stage(database: Database, outbound: Outbound, evaluator: Sandbox) -> Stage:
    sealer, clock = Sealer(new_key()), InstantClock()
    runner = ActionRunner(evaluator=evaluator, sender=outbound, database=database, sealer=sealer, clock=clock)
    return Stage(runner, database, sealer, clock, evaluator)


@pytest.fixture
def closed_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]
