"""docs/mappings.md: each directive has an example, and each example is true."""

import json
import re
from pathlib import Path

import pytest

from headwater.mapping import directives
from headwater.mapping.directives.table import DIRECTIVES

PAGE = (Path(__file__).parents[4] / "docs" / "mappings.md").read_text()
SECTIONS = dict(re.findall(r"^### (.+?)\n(.*?)(?=^##|\Z)", PAGE, re.MULTILINE | re.DOTALL))
EXAMPLES = [json.loads(text) for text in re.findall(r"^```json\n(.*?)^```", PAGE, re.MULTILINE | re.DOTALL)]


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda example: json.dumps(example["mapping"])[:60])
def test_an_example_gives_what_the_page_says(example):
    assert example["output"] == directives.compile(example["mapping"]).apply(example["event"])


@pytest.mark.parametrize("name", DIRECTIVES)
def test_every_directive_has_an_example(name):
    assert f'"{name}"' in SECTIONS[f"`{name}`"]
