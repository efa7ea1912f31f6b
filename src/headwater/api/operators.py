"""/api/operators: which people of the default project may come into the console by their account, and as what.

Asked for one by one they have no name: that is what the audit log keeps of a change, where a name would outlive its
person.
"""

from collections.abc import Callable, Sequence
from typing import Any

import msgspec
from litestar import Request, Router, delete, get, put
from litestar.params import FromPath, FromQuery, JSONBody
from sqlalchemy import Connection

from headwater.api import shapes
from headwater.core.clock import Clock
from headwater.core.errors import BadRequestError
from headwater.identity.admin import naming_doubts, operator_people
from headwater.identity.people import accounts
from headwater.identity.people.accounts import Account
from headwater.store.database import Database
from headwater.web.access import key_of, needs
from headwater.web.audit import auditor
from headwater.workspace import keys, operators
from headwater.workspace.operators import MAX_OPERATORS, Operator

Incoming = Request[Any, Any, Any]


class Naming(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What somebody may do. `address`: by which whoever asks knows them; it must be theirs for sure.

    `anyway`: even where others may be able to sign in as them.
    """

    role: str
    address: str | None = None
    anyway: bool = False


def routes(*, database: Database, clock: Clock, project_id: str) -> Router:
    """`project_id` is the default project's."""

    @get("/", guards=[needs("operators.read")])
    async def page(limit: FromQuery[int] = MAX_OPERATORS, after: FromQuery[str] = "") -> dict[str, Any]:
        if not 1 <= limit <= MAX_OPERATORS:
            raise BadRequestError(f"`limit` is from 1 to {MAX_OPERATORS}, not {limit}.")
        return await database.read(_page(after.lower(), limit, project_id=project_id))

    @get("/{identity_id:str}", guards=[needs("operators.read")])
    async def one(identity_id: FromPath[str]) -> dict[str, Any]:
        return _shown(await database.read(lambda connection: operators.get(connection, identity_id.lower())))

    @put("/{identity_id:str}", guards=[needs("operators.write")])
    async def name(request: Incoming, identity_id: FromPath[str], data: JSONBody[Naming]) -> dict[str, Any]:
        auditor.about(request, identity_id)

        def store(connection: Connection) -> Operator:
            account = operator_people.find(connection, identity_id, project_id=project_id)
            _require_sure(connection, account, data, project_id=project_id)
            if operators.name(connection, account.id, role=data.role, named_by=key_of(request), clock=clock):
                operator_people.shut_old_doors(connection, account.id)
            return operators.get(connection, account.id)

        return _shown(await database.write(store))

    @delete("/{identity_id:str}", guards=[needs("operators.write")])
    async def remove(request: Incoming, identity_id: FromPath[str]) -> None:
        auditor.about(request, identity_id)
        await database.write(lambda connection: operators.remove(connection, identity_id.lower()))

    return Router("/api/operators", route_handlers=[page, one, name, remove])


def _require_sure(connection: Connection, account: Account, naming: Naming, *, project_id: str) -> None:
    """Raise UnverifiedOperatorError, NamingInDoubtError where it may be somebody else who would come in."""
    if naming.address is not None:
        operator_people.require_owner(account, naming.address)
    if not naming.anyway and operators.get_or_none(connection, account.id) is None:
        is_first = not operators.are_any_of(connection, project_id)
        naming_doubts.require_none(connection, account.id, project_id=project_id, is_first=is_first)


def _page(after: str, limit: int, *, project_id: str) -> Callable[[Connection], dict[str, Any]]:
    def read(connection: Connection) -> dict[str, Any]:
        found = operators.page(connection, after=after, limit=limit + 1)
        following = found[limit - 1].identity_id if len(found) > limit else None
        return {"operators": _listed(connection, found[:limit], project_id=project_id), "next": following}

    return read


def _listed(connection: Connection, found: Sequence[Operator], *, project_id: str) -> list[dict[str, Any]]:
    makers = {one.named_by for one in found}
    ids = list(makers.union(one.identity_id for one in found))
    people = {one.id: one for one in accounts.find(connection, ids, project_id=project_id)}
    names = {identity_id: operator_people.called(account) for identity_id, account in people.items()}
    named_by = {maker: names.get(maker) or keys.name_of(connection, maker) or maker for maker in makers}

    def listed(one: Operator) -> dict[str, Any]:
        told = {"name": names[one.identity_id], "state": people[one.identity_id].state}
        return {**_shown(one), **told, "named_by": named_by[one.named_by]}

    return [listed(one) for one in found]


def _shown(operator: Operator) -> dict[str, Any]:
    return {
        "id": operator.identity_id,
        "role": operator.role,
        "named_by": operator.named_by,
        "named_at": shapes.at(operator.named_at_ms),
    }
