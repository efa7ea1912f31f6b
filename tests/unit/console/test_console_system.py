"""The system's page: what runs, what the log keeps, and backups for admins."""

import pytest
from console_floor import console_on

MARKUP = "<script>alert('1')</script>\""


@pytest.fixture
async def floor(tmp_path):
    async with console_on(tmp_path) as floor:
        yield floor


async def test_it_says_what_runs_and_a_viewer_is_offered_no_backup(floor):
    eve = await floor.operator("viewer")
    words = await eve.see("/console/system")
    await eve.send("/console/system/backup", folder="/x")

    assert "Kept for" in words
    assert "Back up now" not in words
    assert 403 == eve.status


async def test_it_says_how_much_room_there_is_and_how_warehouses_stand(floor):
    settings = {"url": "postgresql://loader@db.example/analytics", "password": "hunter2"}
    await floor.api("POST", "/api/warehouses", json={"name": "main", "kind": "postgres", "settings": settings})
    ada = await floor.operator()
    words = await ada.see("/console/system")

    assert "Free on its disk" in words
    assert "An id counts as known for 24h" in words
    assert "main" in words.partition("Warehouses")[2]


async def test_a_backup_begins(floor, tmp_path):
    ada = await floor.operator()
    await ada.see("/console/system")
    words = await ada.send("/console/system/backup", folder=str(tmp_path / "copy"))

    assert "The backup has begun" in words
    assert str(tmp_path / "copy") in words


async def test_refuses_a_folder_that_is_none_at_its_field_with_what_was_typed_kept(floor):
    ada = await floor.operator()
    await ada.see("/console/system")
    words = await ada.send("/console/system/backup", folder=MARKUP)

    assert 400 == ada.status
    assert 'aria-describedby="folder-problem"' in ada.html
    assert "<script>alert" not in ada.html
    assert "alert('1')" in ada.html.replace("&#39;", "'")
    assert "whole" in words
