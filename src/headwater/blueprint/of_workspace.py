"""The workspace's own settings in a blueprint."""

from typing import Any

from headwater.blueprint.changes import UPDATE, WORKSPACE, Change, Hands, Step, differences
from headwater.blueprint.document import Blueprint
from headwater.blueprint.live import Live
from headwater.workspace import workspaces

ITSELF = "workspace"


def plan(blueprint: Blueprint, live: Live) -> list[Step]:
    """Return the step to what the file says; none where it says nothing new."""
    wanted = blueprint.tracking_aliases
    if wanted is None or wanted == live.tracking_aliases:
        return []

    def perform(hands: Hands) -> None:
        workspaces.set_tracking_aliases(hands.connection, to=wanted)

    found = differences(shown(live), {"tracking_aliases": wanted})
    return [Step(change=Change(action=UPDATE, kind=WORKSPACE, name=ITSELF, changes=found), perform=perform)]


def shown(live: Live) -> dict[str, Any]:
    """Return the section as a file has it."""
    return {"tracking_aliases": live.tracking_aliases}
