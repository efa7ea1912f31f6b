"""A change counts at the next request, and never in the middle of one."""

import asyncio

import pytest

from headwater.identity.config.live import Current, LiveConfig
from headwater.identity.config.tree import default_document


class Stored:
    """A document that is changed between two looks."""

    def __init__(self) -> None:
        self.revision = 1

    async def __call__(self) -> LiveConfig:
        await asyncio.sleep(0)  # somebody else's turn
        document = default_document() | {"session": {"lifespan": f"{self.revision}h"}}
        return LiveConfig(project_id="p", revision_id=str(self.revision), identity=document)


@pytest.fixture
def stored():
    return Stored()


@pytest.fixture
def current(stored):
    return Current(stored, public_url="http://127.0.0.1:4433")


async def hours(current):
    return (await current.config()).session.seconds / 3600


async def test_a_change_counts_at_the_next_look(current, stored):
    before = await hours(current)
    stored.revision = 2

    assert (1, 2) == (before, await hours(current))


async def test_whoever_holds_it_sees_one_revision_to_the_end(current, stored):
    with current.held():
        before = await hours(current)
        stored.revision = 2

        assert (1, 1) == (before, await hours(current))
    assert 2 == await hours(current)


async def test_whoever_comes_meanwhile_sees_the_new_one(current, stored):
    async def request():
        with current.held():
            return await hours(current)

    with current.held():
        before = await hours(current)
        stored.revision = 2
        # In a context of its own, as a server gives each request.
        other = await asyncio.create_task(request())

        assert (1, 2, 1) == (before, other, await hours(current))


async def test_two_looks_of_one_request_at_the_same_moment_agree(current, stored):
    async def changed():
        stored.revision = 2

    with current.held():
        looks = await asyncio.gather(hours(current), changed(), hours(current))

    assert looks[0] == looks[2]
