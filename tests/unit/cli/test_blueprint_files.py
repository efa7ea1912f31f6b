"""The file of `plan` and `apply`: mappings named by file:// are read where it stands, and travel in it."""

import pytest

from headwater.cli import blueprint_file
from headwater.cli.usage import UsageError

DOCUMENT = """
version: 1
destinations:
  - kind: webhook
    mapping: file://maps/crm.jsonnet
    settings: {url: "file://left/alone"}
  - kind: webhook
    mappings:
      - trigger: 'type = "track"'
        template: file://maps/a%20b.json
      - template: function(event) event
"""


@pytest.fixture
def folder(tmp_path):
    (tmp_path / "maps").mkdir()
    (tmp_path / "maps/crm.jsonnet").write_text("function(event) {id: event.userId}\n")
    (tmp_path / "maps/a b.json").write_text('{"id": {"@path": "$.userId"}}')
    (tmp_path / "plan.yaml").write_text(DOCUMENT)
    return tmp_path


def test_mappings_in_files_beside_it_are_read_as_what_they_are(folder):
    one, two = blueprint_file.read(str(folder / "plan.yaml"))["destinations"]

    assert ("function(event) {id: event.userId}\n", "file://left/alone") == (one["mapping"], one["settings"]["url"])
    assert [{"id": {"@path": "$.userId"}}, "function(event) event"] == [each["template"] for each in two["mappings"]]


def test_a_mapping_that_is_not_there_is_named_with_the_file_that_names_it(folder):
    (folder / "maps/crm.jsonnet").unlink()
    with pytest.raises(UsageError) as caught:
        blueprint_file.read(str(folder / "plan.yaml"))

    assert str(caught.value).startswith(f"{folder}/plan.yaml: mapping maps/crm.jsonnet can't be read: No such file")


@pytest.mark.parametrize("text", ["destinations: 7", "destinations: [7]", "destinations: [{mappings: {a: 1}}]", "[]"])
def test_what_is_no_document_is_left_for_the_server_to_refuse(folder, text):
    (folder / "plan.yaml").write_text(text)

    blueprint_file.read(str(folder / "plan.yaml"))
