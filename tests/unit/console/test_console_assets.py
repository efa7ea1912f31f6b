"""The console's files: its own, and those of npm, without which every page works."""

import gzip
import shutil
from pathlib import Path

import pytest
from console_floor import console_on

from headwater.console import assets
from headwater.console.assets import Assets, NoSuchAssetError

FILES = {"pages.js": b"alert(1);" * 100, "pages.css": b"p { color: red }", "mark.svg": b"<svg/>"}


def test_a_files_name_changes_with_its_content_and_its_type_stays():
    old, new = Assets(FILES), Assets({**FILES, "pages.js": b"2"})

    assert old.paths["pages.js"] != new.paths["pages.js"]
    assert old.paths["pages.css"] == new.paths["pages.css"]
    assert "text/javascript" == new.get(new.paths["pages.js"].rpartition("/")[2]).media_type


def test_what_is_text_takes_less_of_the_wire_and_comes_out_the_same():
    files = Assets(FILES)
    served = {name: path.rpartition("/")[2] for name, path in files.paths.items()}
    zipped = files.gzipped_or_none(served["pages.js"])

    assert FILES["pages.js"] == gzip.decompress(zipped)
    assert len(zipped) < len(FILES["pages.js"]) / 10
    assert zipped is files.gzipped_or_none(served["pages.js"])
    assert files.gzipped_or_none(served["mark.svg"]) is None
    with pytest.raises(NoSuchAssetError):
        files.gzipped_or_none("pages-0.js")


def test_what_npm_brings_is_served_beside_our_own_and_without_it_there_is_less(tmp_path):
    static = tmp_path / "static"
    shutil.copytree(Path(assets.__file__).parent / "static", static, ignore=shutil.ignore_patterns("vendor"))
    without = assets.load(static)
    (static / "vendor").mkdir()
    (static / "vendor" / "uplot.js").write_text("charts")
    (static / "vendor" / "LICENSES").write_text("not for browsers")
    with_it = assets.load(static)

    assert {"console.js", "console.css", "mark.svg"} < set(without.paths)
    assert {"uplot.js"} == set(with_it.paths) - set(without.paths)


async def test_only_a_browser_that_takes_it_gets_a_compressed_file(tmp_path):
    async with console_on(tmp_path) as floor:
        ada = await floor.operator()
        path = next(part for part in ada.html.split('"') if part.endswith(".js"))
        plain = await ada.client.get(path, headers={"accept-encoding": "identity"})
        zipped = await ada.client.get(path, headers={"accept-encoding": "br, gzip"})

    assert "content-encoding" not in plain.headers
    assert "gzip" == zipped.headers["content-encoding"]
    assert int(zipped.headers["content-length"]) < len(plain.content) == len(zipped.content)
    assert {"Accept-Encoding"} == {one.headers["vary"] for one in (plain, zipped)}
    assert plain.headers["content-type"] == zipped.headers["content-type"]
