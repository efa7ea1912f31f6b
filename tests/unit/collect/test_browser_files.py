"""The browser's client over HTTP: where a snippet looks for it, and a clear word where it was not built."""

import pytest
from collecting import open_bench

from headwater.collect.bundle import CHUNK_PATH, BrowserBundle

CHUNK = "settings.bundle.0123.js"


@pytest.fixture
async def built(tmp_path):
    folder = tmp_path / "browser"
    folder.mkdir()
    (folder / "standalone.js").write_bytes(b"the client")
    (folder / CHUNK).write_bytes(b"a part")
    async with open_bench(tmp_path, bundle=BrowserBundle(folder)) as bench:
        yield bench


@pytest.mark.parametrize("prefix", ["", "/p"])
@pytest.mark.parametrize("name", ["analytics.min.js", "analytics.classic.js"])
async def test_a_snippet_gets_the_client(built, prefix, name):
    reply = await built.call("GET", f"{prefix}/analytics.js/v1/website/{name}")
    headers = dict(reply.headers)

    assert (200, b"the client") == (reply.status, reply.body)
    assert "application/javascript; charset=utf-8" == headers["content-type"]
    assert ("public, max-age=300", "*") == (headers["cache-control"], headers["access-control-allow-origin"])


@pytest.mark.parametrize("prefix", ["", "/p"])
async def test_its_parts_are_where_it_looks_for_them_and_may_be_kept(built, prefix):
    reply = await built.call("GET", f"{prefix}{CHUNK_PATH}{CHUNK}")

    assert (200, b"a part") == (reply.status, reply.body)
    assert "public, max-age=31536000, immutable" == dict(reply.headers)["cache-control"]


@pytest.mark.parametrize("name", ["standalone.js", "nothing.bundle.1.js", "..", "%2e%2e"])
async def test_no_other_file_is_a_part(built, name):
    assert 404 == (await built.call("GET", CHUNK_PATH + name)).status


@pytest.mark.parametrize(
    "path",
    [
        "/analytics.js/v1/website/analytics.min.js",
        "/analytics.js/v1/nobody/analytics.min.js",
        CHUNK_PATH + CHUNK,
        CHUNK_PATH + "nothing.bundle.1.js",
    ],
)
async def test_a_page_that_isolates_itself_may_load_it_and_nobody_may_take_it_for_another_kind(built, path):
    """Under `Cross-Origin-Embedder-Policy: require-corp` a script without this header is not loaded, wordlessly."""
    headers = dict((await built.call("GET", path)).headers)

    assert ("cross-origin", "nosniff") == (headers["cross-origin-resource-policy"], headers["x-content-type-options"])


async def test_an_unknown_write_key_gets_a_reason_and_never_its_own_words_as_a_script(built):
    reply = await built.call("GET", "/analytics.js/v1/*alert(1)/analytics.min.js")
    unknown = await built.call("GET", "/analytics.js/v1/nobody/analytics.min.js")

    assert [404, 404] == [reply.status, unknown.status]
    assert b"alert" not in reply.body
    assert b"write key" in unknown.body


@pytest.mark.parametrize("path", ["/analytics.js/v1/website/analytics.min.js", CHUNK_PATH + CHUNK])
@pytest.mark.parametrize("is_given", [True, False])
async def test_what_was_not_built_says_how_to_build_it(tmp_path, path, is_given):
    async with open_bench(tmp_path, bundle=BrowserBundle(tmp_path) if is_given else None) as bench:
        reply = await bench.call("GET", path)

    assert 404 == reply.status
    assert b"make setup" in reply.body
    assert reply.body.startswith(b"/*")
    assert "cache-control" not in dict(reply.headers)
