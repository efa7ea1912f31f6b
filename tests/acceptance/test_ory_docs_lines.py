"""Ory's public documentation as a judge: each line that it has people type, by the real route with all checks on."""

from collections.abc import Iterator

import pytest

from acceptance.ory_docs_lines import CONFIG, LINES
from headwater.cli import patches
from headwater.core.errors import HeadwaterError

FLAGS = ("--add", "--replace", "--remove")


@pytest.fixture(scope="module")
def untouched(shared_headwater):
    """The document of a project that is as new."""
    project = shared_headwater.api("GET", "/api/status")["project"]["id"]
    return shared_headwater.api("GET", f"/projects/{project}")


@pytest.fixture
def project(shared_headwater, untouched) -> Iterator[str]:
    """The path of a project as new."""
    path = f"/projects/{untouched['id']}"
    yield path
    kept = ("name", "services", "cors_admin", "cors_public")
    shared_headwater.api("PATCH", path, [{"op": "replace", "path": f"/{key}", "value": untouched[key]} for key in kept])


def operations(of, words):
    """Return what the ory CLI makes of flags: all adds, all replaces, all removes."""
    flags = list(zip(words[::2], words[1::2], strict=True))
    given = {flag.strip("-"): [word for name, word in flags if name == flag] for flag in FLAGS}
    return patches.operations(prefix=patches.IDENTITY_CONFIG if of == CONFIG else "", **given)


@pytest.mark.parametrize("line", [line for line in LINES if not line.refused], ids=lambda line: line.page)
def test_a_line_of_the_documentation_is_taken_with_no_other_word_than_expected(shared_headwater, project, line):
    if line.after:
        shared_headwater.api("PATCH", project, operations(line.of, line.after))

    answer = shared_headwater.api("PATCH", project, operations(line.of, line.flags))

    assert sorted(line.warned) == sorted(warning["id"] for warning in answer["warnings"]), answer["warnings"]


@pytest.mark.parametrize("line", [line for line in LINES if line.refused], ids=lambda line: line.page)
def test_a_line_that_is_not_for_us_is_refused_with_its_reason_and_changes_nothing(
    shared_headwater, project, untouched, line
):
    try:
        patch = operations(line.of, line.flags)
    except HeadwaterError as error:  # the command line refuses it already
        said = error.message
    else:
        said = shared_headwater.api("PATCH", project, patch, status=400)["error"]["message"]

    assert line.refused in said
    assert untouched["services"] == shared_headwater.api("GET", project)["services"]
    assert line.why
