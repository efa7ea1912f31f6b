import re
from pathlib import Path

import pytest

from headwater import testing
from headwater.testing import Emulator
from headwater.testing.clock import ClockInHand

PAGE = (Path(__file__).parents[3] / "docs" / "emulator.md").read_text()
FENCED = re.compile(r"```python\n(.*?)```", re.DOTALL)
CODE = "\n".join([*FENCED.findall(PAGE), *re.findall(r"`([^`\n]+)`", FENCED.sub("", PAGE))])
# Known by what they do, and said in words there.
BESIDE = {"glance", "place", "stop"}


def public(kind):
    return {name for name in dir(kind) if not name.startswith("_")}


def test_every_ability_of_the_emulator_is_in_its_page():
    assert set() == {name for name in public(Emulator) - BESIDE if not re.search(rf"\b{name}\b", CODE)}
    assert set() == {name for name in public(ClockInHand) if f"headwater.clock.{name}(" not in CODE}


def test_every_ability_in_its_page_is_the_emulators():
    named = set(re.findall(r"\b(?:headwater|headwater_server)\.(\w+)", CODE)) - {"testing", "clock", "settle_seconds"}
    named |= set(re.findall(r"\b((?:assert|wait_for)_\w+)\(", CODE))

    assert set() == {name for name in named - public(Emulator) if not name.endswith(("toml", "yml"))}


@pytest.mark.parametrize("name", testing.__all__)
def test_what_the_package_offers_says_what_it_is(name):
    assert name == "ABSENT" or getattr(testing, name).__doc__
