"""The rooms as the composition root builds them."""

import pytest

from fresh_rooms import fresh_rooms
from headwater.collect.calls import APPLICATION


@pytest.fixture
async def rooms(tmp_path):
    async with fresh_rooms(tmp_path) as built:
        yield built


async def test_no_path_of_the_application_can_be_taken_for_a_bare_tracking_call(rooms):
    first_words = {route.path.strip("/").split("/")[0] for route in rooms.app.routes} - {""}

    assert first_words <= APPLICATION
