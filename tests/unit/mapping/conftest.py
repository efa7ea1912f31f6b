"""Fixtures of the mapping room: sandboxes with real worker processes, closed at the end."""

import contextlib
from collections.abc import AsyncIterator, Awaitable, Callable

import pytest
import pytest_asyncio

from headwater.core.clock import SystemClock
from headwater.mapping.sandbox import Sandbox

StartSandbox = Callable[..., Awaitable[Sandbox]]


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def shared_sandbox() -> AsyncIterator[Sandbox]:
    """One sandbox for all tests of a module that do it no harm."""
    sandbox = Sandbox(clock=SystemClock())
    await sandbox.start()
    yield sandbox
    await sandbox.close()


@pytest.fixture
async def start_sandbox() -> AsyncIterator[StartSandbox]:
    """Starts sandboxes for one test; options as the constructor's."""
    async with contextlib.AsyncExitStack() as stack:

        async def start(**options: object) -> Sandbox:
            sandbox = Sandbox(**{"clock": SystemClock(), **options})
            stack.push_async_callback(sandbox.close)
            await sandbox.start()
            return sandbox

        yield start
