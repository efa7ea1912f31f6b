"""`headwater delete identity ID…`."""

import sys
from collections.abc import Sequence

from headwater.cli import interruption, project_choice, refused_ids
from headwater.cli.client import Client, RequestFailedError, path_of
from headwater.cli.connection import connected
from headwater.cli.output import View
from headwater.cli.session import Here
from headwater.cli.usage import UsageError

DELETED = View(columns=("id",))
STOPPING = "Stopping after the one under way; Ctrl-C again stops at once."


async def run(*identity_ids: str, project: project_choice.Whose = None, at: Here) -> None:
    """Delete people, by id. Those that can't be deleted are named at the end; the others are gone."""
    if not identity_ids:
        raise UsageError(
            "Say whom to delete: headwater delete identity ID…; `headwater list identities` shows the ids."
        )
    async with connected(at) as client:
        await project_choice.enter(client, project)
        deleted, refused = await _delete(client, identity_ids)
    if deleted:
        at.show(deleted if len(identity_ids) > 1 else deleted[0], view=DELETED)
    not_deleted = f"Not deleted: {refused_ids.told(refused)}" if refused else ""
    if untouched := len(identity_ids) - len(deleted) - len(refused):
        raise KeyboardInterrupt(f"Interrupted; those shown are deleted, {untouched} are as they were. {not_deleted}")
    if refused:
        raise RequestFailedError(not_deleted)


async def _delete(client: Client, identity_ids: Sequence[str]) -> tuple[list[dict[str, str]], dict[str, str]]:
    """Return who is gone, and who isn't and why; between two of them, Ctrl-C is the end."""
    deleted: list[dict[str, str]] = []
    refused: dict[str, str] = {}
    with interruption.noticed(lambda: print(STOPPING, file=sys.stderr)) as stop:
        for identity_id in identity_ids:
            if stop.is_wanted:
                break
            try:
                await client.delete(path_of("admin", "identities", identity_id))
            except RequestFailedError as error:
                refused[identity_id] = error.message
            else:
                deleted.append({"id": identity_id})
    return deleted, refused
