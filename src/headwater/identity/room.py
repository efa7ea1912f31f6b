"""The room put together, from the ground up. Reads as its table of contents."""

from dataclasses import dataclass

from litestar import Router
from litestar.di import Provide

from headwater.identity.admin import courier_routes
from headwater.identity.admin import routes as admin_routes
from headwater.identity.admin.office import open_office
from headwater.identity.codes.challenges import Challenges
from headwater.identity.config.live import Current
from headwater.identity.courier.channels.choice import WaysOut
from headwater.identity.courier.courier import Courier
from headwater.identity.courier.mailbox import Mailbox
from headwater.identity.flows import error_routes, follow_up
from headwater.identity.flows import routes as flow_routes
from headwater.identity.flows.ending import Endings
from headwater.identity.flows.error_shelf import ErrorShelf
from headwater.identity.flows.passages import Passages
from headwater.identity.ground import Ground
from headwater.identity.passwords.breaches import Breaches
from headwater.identity.passwords.judge import PasswordJudge
from headwater.identity.people import schema_routes
from headwater.identity.registration.code import CodeRegistration
from headwater.identity.registration.password import PasswordRegistration
from headwater.identity.registration.registration import Registration
from headwater.identity.registration.sign_up import SignUp
from headwater.identity.sessions.whoami import Whoami


@dataclass(frozen=True, slots=True, kw_only=True)
class Room:
    """The public and the operators' routes, the courier to be run beside them, and the configuration as it is now."""

    routers: tuple[Router, ...]
    courier: Courier
    current: Current


class Builder:
    """Builds one room; each part is made once."""

    def __init__(self, ground: Ground) -> None:
        self._ground = ground
        self._url = ground.public_url.rstrip("/")
        database, clock = ground.database, ground.clock
        self._current = Current(ground.live, public_url=self._url)
        self._errors = ErrorShelf(database=database, clock=clock)
        self._passages = Passages(database=database, clock=clock, public_url=self._url)
        self._endings = Endings(database=database, runner=ground.runner, public_url=self._url)
        self._judge = PasswordJudge(Breaches(ground.sender))
        self._whoami = Whoami(database=database, clock=clock)
        self._challenges = Challenges(ground.key)
        self._courier = Courier(
            database=database,
            current=self._current,
            sealer=ground.sealer,
            clock=clock,
            ways_out=WaysOut(
                mail_folder=ground.mail_folder,
                sender=ground.sender,
                evaluator=ground.evaluator,
                policy=ground.policy,
            ),
        )

    def build(self) -> Room:
        """Return the room."""
        doors = flow_routes.Doors(current=self._current, errors=self._errors, public_url=self._url)
        return Room(
            routers=(
                flow_routes.router(doors, [self._registration()]),
                error_routes.routes(current=self._current, errors=self._errors),
                schema_routes.routes(current=self._current),
                *self._operators(),
            ),
            courier=self._courier,
            current=self._current,
        )

    def _registration(self) -> Registration:
        ground = self._ground
        sign_up = SignUp(
            database=ground.database,
            endings=self._endings,
            hasher=ground.hasher,
            clock=ground.clock,
            open_verification=follow_up.no_verification,
        )
        registration = Registration(
            passages=self._passages, sign_up=sign_up, whoami=self._whoami, public_url=self._url
        )
        password = PasswordRegistration(complete=registration.complete, judge=self._judge)
        code = CodeRegistration(
            registration=registration,
            passages=self._passages,
            database=ground.database,
            challenges=self._challenges,
            courier=self._courier,
        )
        registration.offer([code, password])
        return registration

    def _operators(self) -> list[Router]:
        ground = self._ground
        office = open_office(
            database=ground.database,
            hasher=ground.hasher,
            clock=ground.clock,
            current=self._current,
            public_url=self._url,
        )
        mailbox = Mailbox(database=ground.database, current=self._current, sealer=ground.sealer)
        courier = Router(
            "/admin",
            route_handlers=courier_routes.HANDLERS,
            dependencies={"mailbox": Provide(lambda: mailbox, sync_to_thread=False)},
        )
        return [admin_routes.router(office), courier]


def build(ground: Ground) -> Room:
    """Build the room on its ground."""
    return Builder(ground).build()
