"""Who may ask what: roles, permissions and the guard that every operator route carries. Default: nobody.

Which proof makes a principal is the wiring's business (`app.state.authenticate`); here is only the table.
"""

import ipaddress
from collections.abc import Awaitable, Callable
from typing import Any, Protocol

import msgspec
from litestar.connection import ASGIConnection
from litestar.handlers.base import BaseRouteHandler

from headwater.core.clock import Clock
from headwater.core.errors import ForbiddenError, HeadwaterError, NotAuthenticatedError
from headwater.web.audit.audited import PLAIN, Audited, is_change

# From least to most: each may do what the ones before it may.
ROLES = ("viewer", "operator", "admin")

PERMISSIONS = {
    "status.read": "viewer",
    "metrics.read": "viewer",
    "identities.read": "viewer",
    "identities.write": "operator",
    "credentials.read": "operator",  # hashes, second factors' secrets, providers' tokens: to act as the person with
    "mail.read": "operator",  # captured mail holds codes and links that let one act as the person
    "sources.read": "viewer",
    "sources.write": "admin",
    "destinations.read": "viewer",
    "destinations.write": "admin",
    "deliveries.read": "viewer",
    "deliveries.write": "operator",
    "lake.read": "viewer",
    "lake.write": "admin",
    "personal-data.read": "operator",  # in answers to queries over the lake; others see masks
    "queries.read": "viewer",
    "queries.write": "operator",
    "warehouses.read": "viewer",
    "warehouses.write": "admin",
    "syncs.write": "operator",
    "erasures.read": "viewer",
    "erasures.write": "operator",  # takes people out of the lake for good
    "suppressions.read": "viewer",
    "suppressions.write": "operator",
    "actions.read": "viewer",
    "action-bodies.read": "operator",  # what hooks were told of people, and answered
    "projects.read": "viewer",
    "projects.write": "admin",
    "projects.create": "admin",
    "projects.delete": "admin",
    "project-keys.read": "admin",
    "project-keys.write": "admin",
    "workspace.write": "admin",
    "config.read": "viewer",
    "config.write": "admin",
    "log.write": "admin",
    "backups.write": "admin",  # whoever has one has the installation's key
    "keys.read": "admin",
    "keys.write": "admin",
    "operators.read": "viewer",
    "operators.write": "admin",  # whoever may name operators may also change those people, and see their mail
    "audit.read": "admin",  # who did what, and what was there before
}


# All that is about a project's people: Ory's admin API, and nothing else.
IDENTITY_PERMISSIONS = frozenset({"identities.read", "identities.write", "credentials.read", "mail.read"})
# All that a project's key is good for, whatever its role; everything else is the workspace's.
PROJECT_PERMISSIONS = IDENTITY_PERMISSIONS | {
    "projects.read",
    "projects.write",
    "project-keys.read",
    "project-keys.write",
    "actions.read",
    "action-bodies.read",
    "lake.read",
    "personal-data.read",
}

# Ory's console API: whoever comes here without a key came with the ory CLI, or with ours.
CONSOLE = ("projects", "workspaces")
CONSOLE_HINT = (
    "No key came with the request. Set ORY_WORKSPACE_API_KEY (or ORY_PROJECT_API_KEY) for the ory CLI, HEADWATER_KEY"
    " for headwater's, or send `Authorization: Bearer <key>`; `headwater create key --role admin` makes one."
)

SECONDS_PER_LOOK = 5.0

# Where in an ASGI scope's state a listener says whom it has let in. Nothing that is sent can put anything there.
ADMITTED = "headwater_admitted"


class Principal(msgspec.Struct, frozen=True, kw_only=True):
    """Who asks. `project_id` is None for a workspace key, which is good for every project.

    `only`: all the permissions it can have, whatever its role; None for no such limit.
    `name`: what people call it; `via`: by which door it came, `api` or `console`. Both are for the audit log alone.
    Of somebody who came by their account `key_id` is their identity's.
    """

    key_id: str
    role: str
    project_id: str | None = None
    only: frozenset[str] | None = None
    name: str = ""
    via: str = "api"


Authenticate = Callable[[str], Awaitable[Principal | None]]
Connection = ASGIConnection[Any, Any, Any, Any]
Guard = Callable[[Connection, BaseRouteHandler], Awaitable[None]]


class Audit(Protocol):
    """Keeps that somebody is about to change something (`app.state.audit`, if there is one)."""

    async def begin(self, connection: Connection, permission: str, audited: Audited) -> None:
        """Return once it is kept. Raises DatabaseError."""
        ...


def needs(permission: str, *, audited: Audited | None = PLAIN) -> Guard:
    """Return a route guard that lets only principals with `permission` through.

    Whoever comes through to change something stands in the audit log first. `audited` says how that learns what; None
    for what only needs such a permission and changes nothing.
    """

    async def guard(connection: Connection, _handler: BaseRouteHandler) -> None:
        principal = await principal_of(connection)
        if not _is_high_enough(principal, permission):
            least = PERMISSIONS[permission]
            raise ForbiddenError(f"The role here is {principal.role}; {permission} needs {least}.")
        if principal.project_id is not None and permission not in PROJECT_PERMISSIONS:
            raise ForbiddenError(f"This is a project's key; {permission} needs a key of the workspace.")
        if permission in IDENTITY_PERMISSIONS and not _is_at_home(principal, connection):
            raise ForbiddenError("This key belongs to another project. Ask on that project's own host.")
        if principal.only is not None and permission not in principal.only:
            raise ForbiddenError(f"{permission} isn't given here; ask on the public port, with a key.")
        connection.scope["state"]["principal"] = principal
        if audited is not None and is_change(connection.scope, permission):
            await write_down(connection, permission, audited=audited)

    return guard


async def write_down(connection: Connection, permission: str, *, audited: Audited) -> None:
    """Have it kept that whoever passed this route's guard is about to do more than look, where only the body says so.

    Raises DatabaseError: then it may not be done.
    """
    audit: Audit | None = connection.app.state.get("audit")
    if audit is not None:
        await audit.begin(connection, permission, audited)


def admitted(scope: dict[str, Any], principal: Principal) -> dict[str, Any]:
    """Return the ASGI scope of a request that came in by a listener whose callers are `principal`, without a key."""
    return {**scope, "state": {**scope.get("state", {}), ADMITTED: principal}}


def may(connection: Connection, permission: str) -> bool:
    """Tell whether whoever passed this route's guard may do more than that: what they are shown depends on it."""
    principal: Principal = connection.scope["state"]["principal"]
    is_limited = principal.only is not None and permission not in principal.only
    is_elsewhere = principal.project_id is not None and permission not in PROJECT_PERMISSIONS
    return _is_high_enough(principal, permission) and not is_limited and not is_elsewhere


def project_of(connection: Connection) -> str | None:
    """Return the only project that whoever passed this route's guard may see, None where it may be any."""
    principal: Principal = connection.scope["state"]["principal"]
    return principal.project_id


def may_see(connection: Connection, project_id: str) -> bool:
    """Tell whether whoever passed this route's guard may see that project."""
    principal: Principal = connection.scope["state"]["principal"]
    return principal.project_id in (None, project_id)


def key_of(connection: Connection) -> str:
    """Return the id of the key with which whoever passed this route's guard did so."""
    principal: Principal = connection.scope["state"]["principal"]
    return principal.key_id


def require_near(connection: Connection) -> None:
    """Raise ForbiddenError for a peer that operator routes don't answer at all, whatever it has to show."""
    if not (connection.app.state.expose_admin or _is_near(connection)):
        raise ForbiddenError("Operator routes answer loopback peers only; start the server with --expose-admin.")


async def principal_of(connection: Connection) -> Principal:
    """Return who asks. Raises NotAuthenticatedError without a valid bearer key, ForbiddenError from afar."""
    let_in: Principal | None = connection.scope["state"].get(ADMITTED)
    if let_in is not None:
        return let_in
    require_near(connection)
    scheme, _, token = connection.headers.get("authorization", "").partition(" ")
    if scheme.lower() != "bearer" or not token.strip():
        raise NotAuthenticatedError(CONSOLE_HINT if _is_console(connection) else None)
    authenticate: Authenticate = connection.app.state.authenticate
    principal = await authenticate(token.strip())
    if principal is None:
        raise NotAuthenticatedError("This key is unknown here: no such key was ever made, or long ago.")
    return principal


def still_welcome(connection: Connection, *, clock: Clock) -> Callable[[], Awaitable[bool]]:
    """Return what tells whether whoever passed this route's guard would still be let in, for answers that go on and on.

    The key is looked at again when some seconds have gone by since the last look, and is then as good as it is now.
    """
    looked_at = clock.monotonic()

    async def is_welcome() -> bool:
        nonlocal looked_at
        if clock.monotonic() - looked_at < SECONDS_PER_LOOK:
            return True
        looked_at = clock.monotonic()
        try:
            await principal_of(connection)
        except HeadwaterError:
            return False
        return True

    return is_welcome


def _is_at_home(principal: Principal, connection: Connection) -> bool:
    return principal.project_id in (None, connection.app.state.get("project_id"))


def _is_console(connection: Connection) -> bool:
    return connection.scope["path"].split("/")[1] in CONSOLE


def _is_high_enough(principal: Principal, permission: str) -> bool:
    return ROLES.index(principal.role) >= ROLES.index(PERMISSIONS[permission])


def _is_near(connection: Connection) -> bool:
    """Tell whether the peer is this machine. No peer at all means in-process: the CLI with no server running."""
    if connection.client is None or not connection.client.host:
        return True
    try:
        address = ipaddress.ip_address(connection.client.host)
    except ValueError:
        return False
    return (getattr(address, "ipv4_mapped", None) or address).is_loopback
