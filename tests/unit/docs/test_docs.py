"""The docs are part of the build: a setting, error, command or module that they don't know fails it."""

import re
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[3]
sys.path.insert(0, str(ROOT))

from docs import generate  # noqa: E402  the repository's own pages, not part of the package


@pytest.mark.parametrize("page", generate.PAGES)
def test_a_page_made_from_the_code_is_fresh(page):
    assert generate.PAGES[page]() == (ROOT / "docs" / page).read_text(), "stale: run `make docs`"


def test_every_module_says_why_it_exists():
    assert [] == [name for name, text in generate.every_module() if not text.strip()]


def test_every_link_in_the_readme_and_the_docs_leads_somewhere():
    pages = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *(ROOT / "docs").glob("*.md")]
    links = [(page, link) for page in pages for link in re.findall(r"\]\(([^)#:]+)\)", page.read_text())]

    assert [] == [(page.name, link) for page, link in links if not (page.parent / link).exists()]


def test_the_readme_names_only_commands_that_exist():
    text = (ROOT / "README.md").read_text()
    known = {f"{one.verb} {noun}".strip() for one in generate.commands.COMMANDS for noun in one.nouns}
    named = {" ".join(words) for words in re.findall(r"^\s*headwater (\w+) ?([a-z-]*)", text, re.MULTILINE)}

    assert [] == [name for name in named if name.strip() not in known and name.split()[0] not in known]
