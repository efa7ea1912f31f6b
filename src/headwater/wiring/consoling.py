"""The console, put together: whose keys and accounts let in, and which application its pages ask."""

from collections.abc import Callable

from litestar import Router
from sqlalchemy import Connection

from headwater.console import doorway, routes
from headwater.console.accounts import Accounts
from headwater.console.doorway import Doorway
from headwater.console.site import Site
from headwater.core.clock import Clock
from headwater.store.database import Database
from headwater.web.access import Authenticate, Principal
from headwater.web.lifespan import ASGIApp
from headwater.workspace import keys
from headwater.workspace.keys import Key


def router(
    *,
    database: Database,
    clock: Clock,
    authenticate: Authenticate,
    app: Callable[[], ASGIApp],
    home: str,
    accounts: Accounts | None = None,
) -> Router:
    """Return the console's routes. `app` returns what has the API, once there is one.

    `accounts` is None where people don't sign in at this server.
    """

    async def by_id(key_id: str) -> Principal | None:
        def found(connection: Connection) -> Key | None:
            return keys.by_id(connection, key_id, clock=clock)

        key = await database.glance(found, is_one_statement=True)
        if key is None or key.project_id is not None:
            return None
        return Principal(key_id=key.id, role=key.role, name=key.name, via=doorway.VIA)

    door = Doorway(
        database=database,
        clock=clock,
        by_token=authenticate,
        by_id=by_id,
        is_https=home.startswith("https://"),
        accounts=accounts,
    )
    return routes.routes(Site(doorway=door, app=app, home=home.rstrip("/")))
