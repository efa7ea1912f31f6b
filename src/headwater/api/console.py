"""Ory's console API in one: what the `ory` CLI calls at `api.<host>`, and our revisions beside it."""

from pathlib import Path

from litestar import Router

from headwater.api import (
    cli_sign_in,
    console_keys,
    event_streams,
    identity_schemas,
    organizations,
    projects,
    revisions,
    workspaces,
)
from headwater.api.event_streams import Streams
from headwater.api.project_desk import ProjectDesk


def routes(*, desk: ProjectDesk, streams: Streams, mail_folder: Path) -> list[Router]:
    """`mail_folder` is where the courier's captured mail is."""
    return [
        projects.routes(desk=desk, mail_folder=mail_folder, follow=streams.follow),
        *console_keys.routes(desk=desk),
        revisions.routes(desk=desk),
        *identity_schemas.routes(desk=desk),
        organizations.routes(desk=desk),
        event_streams.routes(desk=desk, streams=streams),
        workspaces.routes(desk=desk),
        cli_sign_in.routes(),
    ]
