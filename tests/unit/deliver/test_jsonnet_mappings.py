"""An operator's mapping in Jsonnet, for itself: where its mistakes are said to be."""

import pytest

from headwater.core.clock import SystemClock
from headwater.deliver.jsonnet_mapping import JsonnetMapping
from headwater.mapping.evaluation import MappingError
from headwater.mapping.sandbox import Sandbox


@pytest.fixture
async def sandbox():
    sandbox = Sandbox(clock=SystemClock())
    await sandbox.start()
    yield sandbox
    await sandbox.close()


async def test_a_mistake_is_told_at_the_line_and_column_where_its_author_sees_it(sandbox):
    fails_for_an_event = "function(event) {\n  a: event.nowhere,\n}"
    says_a_place = "function(event)\n  error 'x.jsonnet:7:7: mine'"
    (missing,) = await JsonnetMapping(fails_for_an_event, evaluator=sandbox).apply([{"userId": "ada"}])
    (thrown,) = await JsonnetMapping(says_a_place, evaluator=sandbox, name="own").apply([{"userId": "ada"}])
    with pytest.raises(MappingError) as syntax:
        await JsonnetMapping("function(event) {\n  a: ,\n}", evaluator=sandbox).check()
    with pytest.raises(MappingError) as at_once:
        await JsonnetMapping("local x = 1;\nerror 'no'", evaluator=sandbox).check()

    assert "message_rejected: mapping.jsonnet:2:12: no such field: nowhere" in missing.reason
    assert thrown.reason.startswith("message_rejected: own:2:3: x.jsonnet:7:7: mine")
    assert syntax.value.message.startswith("mapping.jsonnet:2:6: ")
    assert at_once.value.message.startswith("mapping.jsonnet:2:1: no")
