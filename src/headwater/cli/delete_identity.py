"""`headwater delete identity ID…`."""

from headwater.cli import project_choice, refused_ids
from headwater.cli.client import RequestFailedError, path_of
from headwater.cli.connection import connected
from headwater.cli.output import View
from headwater.cli.session import Here
from headwater.cli.usage import UsageError

DELETED = View(columns=("id",))


async def run(*identity_ids: str, project: project_choice.Whose = None, at: Here) -> None:
    """Delete people, by id. Those that can't be deleted are named at the end; the others are gone."""
    if not identity_ids:
        raise UsageError(
            "Say whom to delete: headwater delete identity ID…; `headwater list identities` shows the ids."
        )
    deleted, refused = [], {}
    async with connected(at) as client:
        await project_choice.enter(client, project)
        for identity_id in identity_ids:
            try:
                await client.delete(path_of("admin", "identities", identity_id))
            except RequestFailedError as error:
                refused[identity_id] = error.message
            else:
                deleted.append({"id": identity_id})
    if deleted:
        at.show(deleted if len(identity_ids) > 1 else deleted[0], view=DELETED)
    if refused:
        raise RequestFailedError(f"Not deleted: {refused_ids.told(refused)}")
