"""The workspace as the API shows it."""

from fresh_rooms import client_of, fresh_rooms


async def test_tells_which_project_is_at_home(tmp_path):
    async with fresh_rooms(tmp_path) as rooms, client_of(rooms, authorization="Bearer token") as client:
        shown = (await client.get("/api/workspace")).json()
        changed = (await client.patch("/api/workspace", json={"tracking_aliases": True})).json()

        assert rooms.installation.project.id == shown["home_project_id"]
        assert {**shown, "tracking_aliases": True} == changed
