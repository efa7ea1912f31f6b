"""`headwater get identity ID…`."""

from typing import Annotated

from cyclopts import Parameter

from headwater.cli import project_choice, refused_ids
from headwater.cli.client import RequestFailedError, path_of
from headwater.cli.connection import connected
from headwater.cli.output import View
from headwater.cli.session import Here
from headwater.cli.usage import UsageError

ADDRESSES = ("verifiable_addresses.#.value", "recovery_addresses.#.value")
IDENTITY = View(columns=("id", "external_id", "schema_id", "state", "traits", *ADDRESSES, "credentials", "created_at"))
IDENTITIES = View(columns=("id", "external_id", "schema_id", "state", "traits", "created_at"))


async def run(
    *identity_ids: str,
    include_credentials: Annotated[
        tuple[str, ...],
        Parameter(
            name=("--include-credentials", "--include-credential", "-i"),
            negative="",
            show_default=False,
            help="Also how they sign in, such as oidc with its tokens; repeatable.",
        ),
    ] = (),
    external_id: Annotated[bool, Parameter(negative="", help="The ids are those of your own system.")] = False,
    project: project_choice.Whose = None,
    at: Here,
) -> None:
    """Show people, by id: one as an object, several as a list. Those that can't be shown are named at the end."""
    if not identity_ids:
        raise UsageError("Say whom to show: headwater get identity ID…; `headwater list identities` shows the ids.")
    place = ("by", "external") if external_id else ()
    found, refused = [], {}
    async with connected(at) as client:
        await project_choice.enter(client, project)
        for identity_id in identity_ids:
            path = path_of("admin", "identities", *place, identity_id)
            try:
                found.append(await client.get(path, include_credential=include_credentials or None))
            except RequestFailedError as error:
                refused[identity_id] = error.message
    if len(identity_ids) == 1 and refused:
        raise RequestFailedError(refused[identity_ids[0]])
    if found:
        is_one = len(identity_ids) == 1
        at.show(found[0] if is_one else found, view=IDENTITY if is_one else IDENTITIES)
    if refused:
        raise RequestFailedError(f"Not shown: {refused_ids.told(refused)}")
