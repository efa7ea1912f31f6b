"""The room put together: routers for the app, from what the wiring gives. No globals."""

from litestar import Router
from litestar.di import Provide

from headwater.actions.runner import ActionRunner
from headwater.core.clock import Clock
from headwater.identity.admin import routes as routes_admin
from headwater.identity.admin.directory import Directory
from headwater.identity.config.live import Current, Live
from headwater.identity.desk import Desk
from headwater.identity.flows import routes_public
from headwater.identity.flows.replies import Replies
from headwater.identity.passwords.hasher import Hasher
from headwater.identity.registration.registration import Registration
from headwater.identity.registration.sign_up import SignUp
from headwater.identity.sessions.whoami import Whoami
from headwater.store.database import Database


def build(
    *,
    database: Database,
    live: Live,
    runner: ActionRunner,
    clock: Clock,
    public_url: str,
    hasher: Hasher | None = None,
) -> list[Router]:
    """Return the room's routers. `public_url` is what clients reach us by: cookies, links and CSRF go by it."""
    url = public_url.rstrip("/")
    sign_up = SignUp(database=database, runner=runner, hasher=hasher or Hasher(), clock=clock, public_url=url)
    desk = Desk(
        public_url=url,
        current=Current(live),
        registration=Registration(database=database, sign_up=sign_up, clock=clock, public_url=url),
        whoami=Whoami(database=database, clock=clock),
        directory=Directory(database=database, clock=clock),
        replies=Replies(public_url=url),
    )
    dependencies = {"desk": Provide(lambda: desk, sync_to_thread=False)}
    return [
        Router("/", route_handlers=routes_public.HANDLERS, dependencies=dependencies),
        Router("/admin", route_handlers=routes_admin.HANDLERS, dependencies=dependencies),
    ]
