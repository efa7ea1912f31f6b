"""What an emulator keeps instead of sending counts as delivered, whatever tool it was for."""

import pytest

from headwater.core.outcomes import Delivered
from headwater.deliver import catalogue
from headwater.deliver.destination import Item
from headwater.emulator.way_out import KEPT

ACTIONS = [(kind.name, action) for kind in catalogue.kinds().values() for action in kind.actions]
ITEM = Item(payload={"id": "ada@example.com"}, message_id="m-1")


@pytest.mark.parametrize(("kind", "action"), ACTIONS, ids=[f"{kind}-{action.name}" for kind, action in ACTIONS])
def test_every_tool_takes_the_answer_to_a_kept_request_for_a_success(kind, action):
    reading = action.read(KEPT, [ITEM])

    assert all(isinstance(one, Delivered) for one in (reading if isinstance(reading, list | tuple) else [reading])), (
        kind
    )
