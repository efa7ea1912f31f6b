"""`headwater connect action --source SLUG`: people who register become identify calls of that source, and a test."""

import sys
from collections.abc import Sequence
from typing import Annotated, Any

from cyclopts import Parameter

from headwater.cli import connect_places, connect_trial, connect_url, one_line, project_choice
from headwater.cli.client import Client, path_of
from headwater.cli.connection import connected
from headwater.cli.output import View
from headwater.cli.session import Here
from headwater.cli.usage import UsageError
from headwater.core import ids
from headwater.core.errors import ConflictError
from headwater.workspace import identify_action

CONNECTED = View(columns=("action", "source", "project", "url", "hooks", "message_id", "trace"), id="action")
QUEUE = {"on_error": "queue"}  # a tracking API that is down for a moment must not keep people out
UNTESTED = "No server is running, so nothing was tested. Start one (`headwater serve`), then run this again."


async def run(
    *,
    source: Annotated[str, Parameter(help="Slug of the source that gets the identify calls.")],
    project: Annotated[str | None, Parameter(help="The project, by id or slug; default: the only one.")] = None,
    method: Annotated[
        tuple[str, ...],
        Parameter(
            negative="",
            show_default=False,
            help="For these ways to register only, such as password,oidc; default: all.",
        ),
    ] = (),
    alias: Annotated[
        bool | None, Parameter(help="Call Segment's URL, as the guide has it; default: as tracking_aliases is.")
    ] = None,
    tracking_url: Annotated[
        str | None, Parameter(help="Where the Action finds the tracking API; default: this server's own address.")
    ] = None,
    test: Annotated[bool, Parameter(help="Send an example person's identify call afterwards.")] = True,
    at: Here,
) -> None:
    """Set the Action of Ory's Segment guide after registration, and send a test. A second run replaces the first's."""
    methods = _methods(method)
    async with connected(at) as client:
        status = await client.get("/api/status")
        address = connect_url.choose(status, alias=alias, tracking_url=tracking_url, at=at)
        feed = _living(await client.get(path_of("api", "sources", source)))
        action = _action(feed, address.url)
        chosen = await project_choice.choose(client, by_position=None, by_flag=project)
        hooks = await _write(client, chosen, action, methods)
        _note(f"The Action calls {address.url}, {address.why}.")
        document = {
            "action": action["config"]["id"],
            "source": feed["slug"],
            "project": chosen,
            "url": address.url,
            "hooks": hooks,
            "message_id": None,
            "trace": None,
        }
        if test and status["running"]:
            document["message_id"] = ids.new_uuid()
            await connect_trial.send(client, action, source=feed, message_id=document["message_id"])
            document["trace"] = f"headwater get trace {document['message_id']} --source {feed['slug']}"
    at.show(document, view=CONNECTED)
    if test and not status["running"]:
        _note(UNTESTED)


def _methods(flags: Sequence[str]) -> list[str]:
    methods = [name.strip() for flag in flags for name in flag.split(",") if name.strip()]
    known = connect_places.REGISTRATION_METHODS
    for name in methods:
        if name not in known:
            raise UsageError(f"Nobody can register by {name!r}. --method takes {', '.join(known)}.")
    return methods


def _living(source: dict[str, Any]) -> dict[str, Any]:
    if not source["write_keys"]:
        raise ConflictError(f"The source {source['slug']!r} was deleted; an Action can't feed it. Make another one.")
    return source


def _action(source: dict[str, Any], url: str) -> dict[str, Any]:
    # The newest key: whoever changes keys makes one, connects again, and deletes the old one.
    action = identify_action.document(source["write_keys"][-1]["key"], source_slug=source["slug"], url=url)
    return {**action, "config": {**action["config"], "response": QUEUE}}


async def _write(client: Client, project: str, action: dict[str, Any], methods: list[str]) -> list[str]:
    """Put the Action into the project's identity-config and return where it stands now."""
    path = path_of("projects", project)
    config = (await client.get(path))["services"]["identity"]["config"]
    answer = await client.patch(path, connect_places.patch(config, action, methods=methods))
    for warning in answer.get("warnings") or ():
        _note(f"warning: {warning.get('message', warning)} ({warning.get('id', 'no id')})")
    after = answer["project"]["services"]["identity"]["config"]
    for pointer in connect_places.lookalikes(after, action):
        remove = f"headwater patch identity-config --remove {pointer}"
        _note(f"warning: {pointer} makes identify calls, too. If they are for this source, remove it: `{remove}`")
    return connect_places.standing(after, action)


def _note(text: str) -> None:
    print(one_line.flatten(text), file=sys.stderr)
