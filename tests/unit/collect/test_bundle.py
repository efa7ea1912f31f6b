"""The browser bundle: what is served of it."""

import shutil

import pytest

from headwater.collect.bundle import BrowserBundle

CHUNK = "queryString.bundle.34b193ada8fe288d1bd1.js"


@pytest.fixture
def folder(tmp_path):
    folder = tmp_path / "browser"
    folder.mkdir()
    (folder / "standalone.js").write_bytes(b"whole")
    (folder / CHUNK).write_bytes(b"part")
    (folder / "VERSION").write_text("1.2.3\n")
    (tmp_path / "secret.bundle.1.js").write_text("not yours")
    return folder


def test_serves_the_script_and_its_chunks(folder):
    bundle = BrowserBundle(folder)

    assert bundle.is_built
    assert b"whole" == bundle.standalone()
    assert b"part" == bundle.chunk(CHUNK)


@pytest.mark.parametrize(
    "name",
    [
        "../secret.bundle.1.js",
        "/etc/passwd",
        f"./{CHUNK}",
        f"{CHUNK}\0",
        f"../browser/{CHUNK}",
        "..",
        "",
        "VERSION",  # in the folder, but no chunk
        "queryString.bundle.0.js",  # another release's
    ],
)
def test_mallory_reads_no_other_file_by_a_chunks_name(folder, name):
    assert BrowserBundle(folder).chunk(name) is None


def test_reads_each_file_once_and_none_before_it_is_asked_for(folder):
    bundle = BrowserBundle(folder)
    (folder / "standalone.js").write_bytes(b"replaced before the first request")

    first = bundle.standalone()
    shutil.rmtree(folder)

    assert b"replaced before the first request" == first == bundle.standalone()


def test_a_bundle_that_was_not_built_is_none_and_not_an_error(tmp_path):
    bundle = BrowserBundle(tmp_path / "browser")

    assert not bundle.is_built
    assert bundle.standalone() is None
    assert bundle.chunk(CHUNK) is None


def test_a_bundle_built_while_we_run_is_served(tmp_path, folder):
    bundle = BrowserBundle(tmp_path / "later")
    assert bundle.chunk(CHUNK) is None

    folder.rename(tmp_path / "later")

    assert b"whole" == bundle.standalone()
    assert b"part" == bundle.chunk(CHUNK)
