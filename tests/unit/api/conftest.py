"""The rooms of a server, and who asks their API."""

import pytest

from fresh_rooms import client_of
from lent_rooms import LENDER, lenders_runner, runner_of_each_test  # noqa: F401  fixtures


@pytest.fixture
async def rooms():
    async with LENDER.lent() as lent:
        yield lent


@pytest.fixture
async def asked(rooms):
    """Ask the API, as an administrator unless told otherwise; gives (status, document)."""
    async with client_of(rooms) as client:

        async def ask(method, path, body=None, *, key="token"):
            answer = await client.request(method, f"/api{path}", json=body, headers={"authorization": f"Bearer {key}"})
            return answer.status_code, answer.json() if answer.content else None

        yield ask
