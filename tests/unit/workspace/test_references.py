"""A configuration may name its secrets. Mallory, who may patch it, must not thereby read the server's own."""

import os
from pathlib import Path

import pytest

from headwater.core.secrets import Secret
from headwater.workspace.references import References, UnreadableReferenceError

VARIABLES = {"APP_KEY": Secret("hush"), "EMPTY": Secret(""), "OTHER": Secret("other")}


@pytest.fixture
def tmp_path(disk_path):
    return disk_path


@pytest.fixture
def folder(tmp_path):
    made = tmp_path / "secrets"
    made.mkdir()
    return made


@pytest.fixture
def data(tmp_path):
    made = tmp_path / "data"
    made.mkdir()
    (made / "secret.key").write_text("the-key-of-all-keys")
    return made


def references(data, *, names=("*",), folder=None):
    # A test's variables may hold more than settings would pass on: the last word is said here.
    variables = {**VARIABLES, "HEADWATER_KEY": Secret("ours"), "LONE": Secret("lone")}
    return References(variables=variables, names=names, folder=folder, data=data)


def refusal(reader, reference):
    with pytest.raises(UnreadableReferenceError) as caught:
        reader.read(reference)
    assert not [secret for secret in ("hush", "other", "lone", "the-key-of") if secret in caught.value.message]
    return caught.value.message


@pytest.mark.parametrize(("names", "name"), [(("*",), "OTHER"), (("OTHER",), "OTHER"), (("APP_*",), "APP_KEY")])
def test_reads_a_variable_that_is_allowed(data, names, name):
    assert VARIABLES[name].reveal() == references(data, names=names).read(f"env:{name}")


@pytest.mark.parametrize("names", [(), ("APP_*",), ("OTHE",), ("OTHER_*",)])
def test_mallory_can_not_read_a_variable_that_nobody_allowed_nor_learn_whether_it_is_set(data, names):
    reader = references(data, names=names)
    there, absent = refusal(reader, "env:OTHER"), refusal(reader, "env:OTHES")

    assert there.replace("OTHER", "OTHES") == absent
    assert "HEADWATER_SECRET_ENV=OTHER" in there


@pytest.mark.parametrize("names", [("*",), ("HEADWATER_KEY",), ("HEAD*",)])
def test_the_servers_own_variables_are_never_read_whatever_is_allowed(data, names):
    assert "never" in refusal(references(data, names=names), "env:HEADWATER_KEY")


def test_says_whether_an_allowed_variable_is_missing_or_empty(data):
    assert "env:GONE is not set" in refusal(references(data), "env:GONE")
    assert "env:EMPTY is empty" in refusal(references(data), "env:EMPTY")
    assert "write env:NAME" in refusal(references(data), "env:")


@pytest.mark.parametrize(
    ("content", "expected"), [("hush", "hush"), ("hush\n", "hush"), ("hush\r\n", "hush"), ("a\nb\n\n", "a\nb\n")]
)
@pytest.mark.parametrize("how", ["by its name in the folder", "by its whole path"])
def test_reads_a_file_without_the_line_end_that_editors_leave(data, folder, content, expected, how):
    (folder / "key").write_bytes(content.encode())
    written = "key" if how.endswith("folder") else str(folder / "key")

    assert expected == references(data, folder=folder).read(f"file:{written}")


def test_reads_what_the_folder_itself_links_to_inside_it_as_kubernetes_does(data, folder):
    (folder / "..2026").mkdir()
    (folder / "..2026" / "key").write_text("hush")
    (folder / "key").symlink_to("..2026/key")

    assert "hush" == references(data, folder=folder).read("file:key")


def escapes(folder, tmp_path):
    (tmp_path / "outside").write_text("hush")
    (folder / "link").symlink_to(tmp_path / "outside")
    (folder / "up").symlink_to(tmp_path)
    return ["../outside", str(tmp_path / "outside"), "link", "up/outside", "/etc/passwd", f"{folder}/../outside"]


def test_mallory_gets_out_of_the_allowed_folder_by_no_path_and_no_link(data, folder, tmp_path):
    reader = references(data, folder=folder)

    assert all("not below" in refusal(reader, f"file:{written}") for written in escapes(folder, tmp_path))


def test_mallory_learns_nothing_of_what_is_outside_the_folder(data, folder, tmp_path):
    reader = references(data, folder=folder)
    (tmp_path / "here").write_text("x")

    assert refusal(reader, "file:../here") == refusal(reader, "file:../gone").replace("gone", "here")


@pytest.mark.parametrize("reach", ["straight", "through a link", "from a folder around it"])
def test_the_data_folder_is_never_read(data, tmp_path, reach):
    (tmp_path / "shortcut").symlink_to(data)
    way = {"straight": data, "through a link": tmp_path / "shortcut", "from a folder around it": data}[reach]
    folder = tmp_path if reach.endswith("it") else Path("/")

    assert "data folder" in refusal(references(data, folder=folder), f"file:{way}/secret.key")


@pytest.mark.parametrize("path", ["/proc/self/environ", "/proc/1/environ", "/dev/zero", "/sys/kernel/notes"])
def test_no_window_on_the_process_or_its_machine_is_a_file_even_where_all_are_allowed(data, path):
    assert "may not be read" in refusal(references(data, folder=Path("/")), f"file:{path}")


def test_refuses_what_is_no_secret_in_a_file(data, folder):
    (folder / "empty").write_text("\n")
    (folder / "large").write_bytes(b"x" * (64 * 1024 + 1))
    (folder / "binary").write_bytes(b"\xff\xfe")
    (folder / "folder").mkdir()
    (folder / "loop").symlink_to("loop")
    os.mkfifo(folder / "pipe")
    reader = references(data, folder=folder)

    said = {name: refusal(reader, f"file:{name}") for name in ("empty", "large", "binary", "folder", "pipe", "gone")}

    assert "is empty" in said["empty"]
    assert "larger than 64 KiB" in said["large"]
    assert "not UTF-8" in said["binary"]
    assert "plain file" in said["folder"] or "can't be read" in said["folder"]
    assert "plain file" in said["pipe"]
    assert "does not exist" in said["gone"]
    assert "no path" in refusal(reader, "file:a\0b")
    assert refusal(reader, "file:loop")


def test_a_file_of_exactly_the_size_is_read(data, folder):
    (folder / "full").write_bytes(b"x" * 64 * 1024)

    assert 64 * 1024 == len(references(data, folder=folder).read("file:full"))


def test_without_an_allowed_folder_no_file_is_read(data, folder):
    (folder / "key").write_text("hush")

    assert "HEADWATER_SECRET_FILES" in refusal(references(data), f"file:{folder}/key")
