"""Every example in docs/routing.md is one that is taken."""

import json
import re
from pathlib import Path

import pytest

from headwater.core.clock import SystemClock
from headwater.deliver import catalogue, routing_check, routing_document
from headwater.mapping.sandbox import Sandbox
from headwater.workspace.configuration import Routing

PAGE = (Path(__file__).parents[3] / "docs/routing.md").read_text()
BLOCKS = re.findall(r"```(jsonnet|json)\n(.*?)```", PAGE, re.DOTALL)


@pytest.mark.parametrize("block", BLOCKS, ids=[text[:20] for _, text in BLOCKS])
async def test_an_example_is_taken(block):
    language, text = block
    found = text if language == "jsonnet" else json.loads(text)
    given = found if isinstance(found, dict) and "filters" in found else {"mapping": found}
    sandbox = Sandbox(clock=SystemClock())
    await sandbox.start()
    routing = routing_document.changed(Routing(), given)
    await routing_check.check(routing, kind=catalogue.kind("webhook"), evaluator=sandbox)
    await sandbox.close()

    assert Routing() != routing


def test_every_key_and_filter_action_is_explained():
    for name in (*routing_document.KEYS, *routing_document.MAPPING_KEYS, *routing_document.FILTER_KEYS):
        assert f"`{name}`" in PAGE
