"""What happens when somebody changes something while a plan is being checked."""

import copy

import pytest

from headwater.blueprint.blueprints import Blueprints, ConfigurationMovedError, Wish
from headwater.workspace import sources
from headwater.workspace.revisions import OURSELVES
from headwater.workspace.sources import SourceChange


async def test_a_change_during_the_checks_is_noticed_inside_the_transaction(api, rich, rooms, slug):
    async def check(_config):
        """Take as long as it takes somebody else to rename a source."""
        await rooms.database.write(lambda c: sources.update_source(c, "shop", SourceChange(name="Meanwhile")))
        return []

    async def nobody():
        raise AssertionError("nothing was changed, so nobody has to follow")

    wanted = copy.deepcopy(rich)
    wanted["projects"][0]["name"] = "Renamed"
    blueprints = Blueprints(
        database=rooms.database,
        clock=rooms.clock,
        sealer=rooms.sealer,
        check=check,
        newest_offset=lambda: 0,
        starts=None,
        follow=nobody,
        rehearsal=None,
        rerouting=None,
        evaluator=None,
        read={}.__getitem__,
    )

    with pytest.raises(ConfigurationMovedError):
        await blueprints.apply(Wish(document=wanted), author=lambda _: OURSELVES)
    live = await api.document()
    assert "default" == live["projects"][0]["name"]
    assert "Meanwhile" == live["sources"][1]["name"]
