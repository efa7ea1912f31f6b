"""The rooms as the composition root builds them."""

import pytest

from headwater.collect.calls import APPLICATION
from headwater.settings import load
from headwater.store.folder import DataFolder
from headwater.wiring.rooms import Rooms


@pytest.fixture
async def rooms(tmp_path):
    folder = DataFolder(tmp_path / "data")
    folder.lock()
    chosen = load({}, {"data": str(folder.path)})
    async with Rooms(chosen, folder, url="http://127.0.0.1", local_token="token", listener=None) as built:
        yield built
    folder.unlock()


async def test_no_path_of_the_application_can_be_taken_for_a_bare_tracking_call(rooms):
    first_words = {route.path.strip("/").split("/")[0] for route in rooms.app.routes} - {""}

    assert first_words <= APPLICATION
