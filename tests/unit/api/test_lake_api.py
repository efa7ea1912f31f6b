"""/api/lake beside no server: what is known is told, and nobody is promised a rebuild that nobody makes."""


async def test_it_is_shown_where_nobody_writes_it(asked):
    status, shown = await asked("GET", "/lake")

    assert (200, "unknown", 0) == (status, shown["state"], shown["events"])
    assert "headwater serve" in shown["reason"]


async def test_a_rebuild_needs_a_server_and_a_source_that_there_is(asked):
    status, refused = await asked("POST", "/lake/rebuild", {})
    missing, unknown = await asked("POST", "/lake/rebuild", {"source": "nowhere"})

    assert (503, "link_down") == (status, refused["error"]["id"])
    assert (404, "not_found") == (missing, unknown["error"]["id"])
