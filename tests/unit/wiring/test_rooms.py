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


async def test_no_name_of_a_thing_is_taken_for_another_route_of_the_api(rooms):
    """`/api/destinations/metrics` beside `/api/destinations/{id}` answered a page with what it had never asked for."""
    routes = {route.path for route in rooms.app.routes if route.path.startswith(("/api/", "/projects", "/workspaces"))}
    by_name = {path.rpartition("/")[0] for path in routes if path.endswith(":str}")}
    fixed = {path for path in routes if path.rpartition("/")[0] in by_name and not path.endswith("}")}

    assert set() == fixed
    assert "/api/destinations" in by_name
