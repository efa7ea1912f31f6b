"""Operators: people of the default project who may come into the console by their account, each with a role.

Whoever could change how one of them signs in could come in as them. So both errors here say no for whole rooms: to
change such a person takes a role that may name operators, and no project's key changes their project.
"""

from collections.abc import Collection
from typing import Any

import msgspec
from sqlalchemy import Connection, Row, delete, func, insert, select, update

from headwater.core.clock import Clock, epoch_ms
from headwater.core.errors import BadRequestError, ConflictError, ForbiddenError, NotFoundError
from headwater.store import tables
from headwater.workspace.keys import ROLES

MAX_OPERATORS = 500

named = tables.operators


class OperatorIdentityError(ForbiddenError):
    """This person is an operator. Use an admin's workspace key, or end that first: `headwater delete operator`."""

    code = "identity_is_operator"


class ProjectOfOperatorsError(ForbiddenError):
    """People of this project are operators and sign in by it, so only an admin's workspace key may change it."""

    code = "project_of_operators"


class Operator(msgspec.Struct, frozen=True, kw_only=True):
    """`named_by` is the id of a key or an identity."""

    identity_id: str
    role: str
    named_by: str
    named_at_ms: int


def name(connection: Connection, identity_id: str, *, role: str, named_by: str, clock: Clock) -> bool:
    """Make somebody an operator, or give them another role; return whether they weren't one.

    The caller knows that there is such a person. Raises BadRequestError, ConflictError when there are too many.
    """
    if role not in ROLES:
        raise BadRequestError(f"There is no role {role!r}. Choose one of: {', '.join(ROLES)}.", path="/role")
    values = {"role": role, "named_by": named_by, "named_at_ms": epoch_ms(clock.now())}
    if connection.execute(update(named).where(named.c.identity_id == identity_id).values(values)).rowcount:
        return False
    if connection.execute(select(func.count()).select_from(named)).scalar_one() >= MAX_OPERATORS:
        raise ConflictError(f"There are {MAX_OPERATORS} operators already, the most there can be. Delete some.")
    connection.execute(insert(named).values(identity_id=identity_id, **values))
    return True


def get(connection: Connection, identity_id: str) -> Operator:
    """Return one. Raises NotFoundError."""
    found = get_or_none(connection, identity_id)
    if found is None:
        raise NotFoundError(f"No operator has the id {identity_id!r}. `headwater list operators` shows who is one.")
    return found


def get_or_none(connection: Connection, identity_id: str) -> Operator | None:
    """Return one."""
    row = connection.execute(select(named).where(named.c.identity_id == identity_id)).first()
    return None if row is None else _operator(row)


def page(connection: Connection, *, after: str, limit: int) -> list[Operator]:
    """Return those whose ids come after one, in their order; "" for the first of all."""
    following = select(named).where(named.c.identity_id > after).order_by(named.c.identity_id).limit(limit)
    return [_operator(row) for row in connection.execute(following)]


def among(connection: Connection, identity_ids: Collection[str]) -> frozenset[str]:
    """Return which of these people are operators."""
    chosen = select(named.c.identity_id).where(named.c.identity_id.in_(identity_ids))
    return frozenset(connection.execute(chosen).scalars())


def are_there_any(connection: Connection) -> bool:
    """Tell whether anybody may come in by their account."""
    return connection.execute(select(named.c.identity_id).limit(1)).first() is not None


def are_any_of(connection: Connection, project_id: str) -> bool:
    """Tell whether people of that project are operators."""
    people = tables.identities
    owned = select(named.c.identity_id).join(people, people.c.id == named.c.identity_id)
    return connection.execute(owned.where(people.c.project_id == project_id).limit(1)).first() is not None


def remove(connection: Connection, identity_id: str) -> None:
    """Take the role away, at once. Raises NotFoundError."""
    if not connection.execute(delete(named).where(named.c.identity_id == identity_id)).rowcount:
        get(connection, identity_id)


def _operator(row: Row[Any]) -> Operator:
    return Operator(**row._mapping)  # noqa: SLF001  its public name, in SQLAlchemy's way
