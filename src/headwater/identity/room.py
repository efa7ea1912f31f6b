"""The room put together, from the ground up. Reads as its table of contents."""

from dataclasses import dataclass

from litestar import Router
from litestar.di import Provide

from headwater.actions.password_migration import PasswordMigration
from headwater.actions.templates import Templates
from headwater.identity import logout
from headwater.identity.admin import courier_routes, recovery_routes
from headwater.identity.admin import routes as admin_routes
from headwater.identity.admin.office import open_office
from headwater.identity.admin.recovery_routes import RecoveryDesk
from headwater.identity.codes.afresh import Afresh
from headwater.identity.codes.challenges import Challenges
from headwater.identity.codes.redeemer import Redeemer
from headwater.identity.codes.sender import Sender
from headwater.identity.config.flows_config import LOGIN, REGISTRATION, SETTINGS
from headwater.identity.config.live import Current
from headwater.identity.config.project_sender import ProjectSender
from headwater.identity.courier.channels.choice import WaysOut
from headwater.identity.courier.courier import Courier
from headwater.identity.courier.mailbox import Mailbox
from headwater.identity.flows import error_routes
from headwater.identity.flows import routes as flow_routes
from headwater.identity.flows.beginning import Beginnings
from headwater.identity.flows.ending import Endings
from headwater.identity.flows.error_shelf import ErrorShelf
from headwater.identity.flows.failures import Failures
from headwater.identity.flows.follow_up import OpenVerification
from headwater.identity.flows.kinds import FlowKind, Resumable
from headwater.identity.flows.passages import Passages
from headwater.identity.ground import Ground
from headwater.identity.login.code import CodeLogin
from headwater.identity.login.entrance import Entrance
from headwater.identity.login.identifier_first import IdentifierFirst
from headwater.identity.login.login import Login
from headwater.identity.login.migration import Migration
from headwater.identity.login.password import PasswordLogin
from headwater.identity.login.social import SocialLogin
from headwater.identity.logout import Logout
from headwater.identity.pages import reception
from headwater.identity.passwords.breaches import Breaches
from headwater.identity.passwords.judge import PasswordJudge
from headwater.identity.people import schema_routes
from headwater.identity.providers.providers import Providers
from headwater.identity.recovery import change_password
from headwater.identity.recovery.comeback import Comeback
from headwater.identity.recovery.issued import Issuing
from headwater.identity.recovery.recovery import Recovery
from headwater.identity.registration.code import CodeRegistration
from headwater.identity.registration.password import PasswordRegistration
from headwater.identity.registration.registration import Registration
from headwater.identity.registration.sign_up import SignUp
from headwater.identity.registration.social import SocialRegistration
from headwater.identity.sessions import exchange_routes
from headwater.identity.sessions import routes as session_routes
from headwater.identity.sessions.assurance import Assurance
from headwater.identity.sessions.desk import SessionDesk
from headwater.identity.sessions.exchange import TokenExchange
from headwater.identity.sessions.own import OwnSessions
from headwater.identity.sessions.tokenizer import Tokenizer
from headwater.identity.sessions.whoami import Whoami
from headwater.identity.settings.keeping import Keeping
from headwater.identity.settings.password import PasswordSettings
from headwater.identity.settings.previous_addresses import PreviousAddresses
from headwater.identity.settings.profile import ProfileSettings
from headwater.identity.settings.resumption import Resumption
from headwater.identity.settings.settings import Settings
from headwater.identity.settings.social import LinkLanding, SocialSettings
from headwater.identity.social import callback as callbacks
from headwater.identity.social.app_return import AppReturn
from headwater.identity.social.callback import Callback, Landfall
from headwater.identity.social.crossing import Crossing
from headwater.identity.social.keepsakes import Keepsakes
from headwater.identity.social.landing import Landing
from headwater.identity.social.linking import Linking
from headwater.identity.social.mapper import ClaimsMapper
from headwater.identity.social.travel import Travel
from headwater.identity.social.updates import Updates
from headwater.identity.verification.follow_up import VerificationFollowUp
from headwater.identity.verification.opened_link import OpenedLink
from headwater.identity.verification.proof import Proof
from headwater.identity.verification.verification import Verification


@dataclass(frozen=True, slots=True, kw_only=True)
class Room:
    """The public and the operators' routes, the courier to be run beside them, and the configuration as it is now."""

    routers: tuple[Router, ...]
    courier: Courier
    current: Current


class Builder:
    """Builds one room; each part is made once. What a test puts in another's place is an attribute."""

    def __init__(self, ground: Ground) -> None:
        self._ground = ground
        self._url = ground.public_url.rstrip("/")
        database, clock = ground.database, ground.clock
        self.current = Current(ground.live, public_url=self._url)
        # Everything leaves through it, but what hooks send: that is rendered earlier, and carries the rules along.
        self.way_out = ProjectSender(ground.sender, current=self.current)
        self.errors = ErrorShelf(database=database, clock=clock)
        self.whoami = Whoami(database=database, clock=clock)
        self.beginnings = Beginnings(runner=ground.runner, database=database, whoami=self.whoami, public_url=self._url)
        self.passages = Passages(
            database=database,
            clock=clock,
            beginnings=self.beginnings,
            public_url=self._url,
            counts=ground.flow_counts,
        )
        self.linking = Linking(sealer=ground.sealer, clock=clock)
        self.travel = Travel(
            passages=self.passages,
            providers=Providers(sender=self.way_out, clock=clock),
            sealer=ground.sealer,
            public_url=self._url,
        )
        self.endings = Endings(database=database, runner=ground.runner, public_url=self._url)
        self.judge = PasswordJudge(Breaches(self.way_out))
        self.assurance = Assurance(public_url=self._url)
        self.exchange = TokenExchange(database=database, sealer=ground.sealer, clock=clock)
        self.failures = Failures(clock=clock)
        self.challenges = Challenges(ground.key)
        self.courier = self._courier()
        self.afresh = Afresh(passages=self.passages, public_url=self._url)
        self.redeemer = Redeemer(database=database, challenges=self.challenges, clock=clock)
        self.sender = Sender(courier=self.courier, challenges=self.challenges, clock=clock, public_url=self._url)
        self.previous_addresses = PreviousAddresses(courier=self.courier, clock=ground.clock, public_url=self._url)
        self.verification = self._verification()
        self.open_verification: OpenVerification = VerificationFollowUp(
            form=self.verification, passages=self.passages, sender=self.sender, public_url=self._url
        )

    def build(self) -> Room:
        """Return the room."""
        doors = flow_routes.Doors(current=self.current, errors=self.errors, public_url=self._url)
        registration, login = self._registration(), self._login()
        landing = self._landing(login, registration)
        self._offer_to_register(registration, landing)
        self._offer_to_sign_in(login, landing)
        links = SocialSettings(traveller=self.travel, sealer=self._ground.sealer, clock=self._ground.clock)
        settings = self._settings(links)
        back_in_settings = LinkLanding(settings=settings, method=links)
        landfalls = {
            LOGIN: Landfall(form=login, land=landing.login, is_for_visitors=True),
            REGISTRATION: Landfall(form=registration, land=landing.registration, is_for_visitors=True),
            SETTINGS: Landfall(form=settings, land=back_in_settings.land, is_for_visitors=False),
        }
        callback = Callback(
            passages=self.passages,
            traveller=self.travel,
            whoami=self.whoami,
            landfalls=landfalls,
            app_return=AppReturn(database=self._ground.database, exchange=self.exchange, clock=self._ground.clock),
        )
        recovery = self._recovery(settings)
        kinds: list[FlowKind] = [registration, login]
        resumable: list[Resumable] = [settings, recovery, self.verification]
        leaving = self._logout()
        pages = reception.Reception(
            current=self.current,
            whoami=self.whoami,
            errors=self.errors,
            logout=leaving,
            kinds=[*kinds, *resumable],
            public_url=self._url,
        )
        return Room(
            routers=(
                flow_routes.router(doors, kinds, resumable=resumable),
                logout.routes(doors=doors, logout=leaving),
                callbacks.routes(doors=doors, callback=callback),
                error_routes.routes(current=self.current, errors=self.errors),
                session_routes.routes(self._session_desk()),
                exchange_routes.routes(
                    exchange=self.exchange, current=self.current, assurance=self.assurance, public_url=self._url
                ),
                schema_routes.routes(current=self.current),
                reception.routes(pages, public_url=self._url),
                change_password.routes(current=self.current),
                *self._operators(recovery),
            ),
            courier=self.courier,
            current=self.current,
        )

    def _courier(self) -> Courier:
        ground = self._ground
        ways_out = WaysOut(
            mail_folder=ground.mail_folder,
            sender=self.way_out,
            evaluator=ground.evaluator,
            policy=ground.policy,
            clock=ground.clock,
            templates=Templates(ground.sources),
            shows_words=ground.shows_mail,
        )
        return Courier(
            database=ground.database,
            current=self.current,
            sealer=ground.sealer,
            clock=ground.clock,
            ways_out=ways_out,
        )

    def _registration(self) -> Registration:
        ground = self._ground
        sign_up = SignUp(
            database=ground.database,
            endings=self.endings,
            hasher=ground.hasher,
            clock=ground.clock,
            open_verification=self.open_verification,
        )
        return Registration(
            passages=self.passages,
            sign_up=sign_up,
            whoami=self.whoami,
            exchange=self.exchange,
            public_url=self._url,
        )

    def _offer_to_register(self, registration: Registration, landing: Landing) -> None:
        social = SocialRegistration(
            traveller=self.travel, keepsakes=Keepsakes(self._ground.sealer), land=landing.registration
        )
        password = PasswordRegistration(complete=registration.complete, judge=self.judge)
        code = CodeRegistration(
            registration=registration,
            passages=self.passages,
            challenges=self.challenges,
            redeemer=self.redeemer,
            courier=self.courier,
        )
        registration.offer([social, code, password])

    def _login(self) -> Login:
        ground = self._ground
        entrance = Entrance(
            database=ground.database,
            endings=self.endings,
            clock=ground.clock,
            assurance=self.assurance,
            open_verification=self.open_verification,
            public_url=self._url,
        )
        return Login(
            passages=self.passages,
            entrance=entrance,
            whoami=self.whoami,
            database=ground.database,
            exchange=self.exchange,
            linking=self.linking,
        )

    def _offer_to_sign_in(self, login: Login, landing: Landing) -> None:
        ground = self._ground
        social = SocialLogin(traveller=self.travel, land=landing.login)
        code = CodeLogin(
            passages=self.passages,
            database=ground.database,
            challenges=self.challenges,
            redeemer=self.redeemer,
            courier=self.courier,
            failures=self.failures,
            public_url=self._url,
        )
        password = PasswordLogin(
            database=ground.database,
            hasher=ground.hasher,
            failures=self.failures,
            migration=self._migration(),
            clock=ground.clock,
        )
        login.offer([social, code, password, IdentifierFirst([code, password], code=code)])

    def _migration(self) -> Migration:
        ground = self._ground
        # Sent as a hook's request is: it carries the project's rules along.
        passwords = PasswordMigration(
            evaluator=ground.evaluator,
            sender=ground.sender,
            clock=ground.clock,
            templates=Templates(ground.sources),
        )
        return Migration(passwords=passwords, database=ground.database, clock=ground.clock, public_url=self._url)

    def _landing(self, login: Login, registration: Registration) -> Landing:
        ground = self._ground
        claims_mapper = ClaimsMapper(evaluator=ground.evaluator, sources=ground.sources, rules=self.way_out.rules)
        return Landing(
            database=ground.database,
            passages=self.passages,
            sealer=ground.sealer,
            clock=ground.clock,
            claims_mapper=claims_mapper,
            crossing=Crossing(database=ground.database, passages=self.passages, exchange=self.exchange),
            linking=self.linking,
            login=login,
            registration=registration,
            updates=Updates(database=ground.database, claims_mapper=claims_mapper, clock=ground.clock),
        )

    def _settings(self, links: SocialSettings) -> Settings:
        ground = self._ground
        keeping = Keeping(
            database=ground.database,
            endings=self.endings,
            clock=ground.clock,
            open_verification=self.open_verification,
            previous_addresses=self.previous_addresses,
        )
        return Settings(
            passages=self.passages,
            keeping=keeping,
            whoami=self.whoami,
            methods=[ProfileSettings(), PasswordSettings(hasher=ground.hasher, judge=self.judge), links],
            public_url=self._url,
        )

    def _verification(self) -> Verification:
        ground = self._ground
        resumption = Resumption(
            database=ground.database,
            endings=self.endings,
            clock=ground.clock,
            previous_addresses=self.previous_addresses,
        )
        proof = Proof(
            passages=self.passages,
            endings=self.endings,
            redeemer=self.redeemer,
            resumption=resumption,
            public_url=self._url,
        )
        opened = OpenedLink(
            database=ground.database,
            passages=self.passages,
            redeemer=self.redeemer,
            proof=proof,
            afresh=self.afresh,
            sealer=ground.sealer,
            public_url=self._url,
        )
        return Verification(
            database=ground.database,
            passages=self.passages,
            sender=self.sender,
            redeemer=self.redeemer,
            proof=proof,
            opened=opened,
            afresh=self.afresh,
        )

    def _recovery(self, settings: Settings) -> Recovery:
        comeback = Comeback(
            database=self._ground.database,
            passages=self.passages,
            beginnings=self.beginnings,
            endings=self.endings,
            redeemer=self.redeemer,
            prepare_settings=settings.prepared_for,
            public_url=self._url,
        )
        return Recovery(
            database=self._ground.database,
            passages=self.passages,
            sender=self.sender,
            redeemer=self.redeemer,
            comeback=comeback,
            afresh=self.afresh,
            whoami=self.whoami,
        )

    def _logout(self) -> Logout:
        ground = self._ground
        return Logout(
            database=ground.database,
            whoami=self.whoami,
            clock=ground.clock,
            key=ground.key,
            public_url=self._url,
        )

    def _session_desk(self) -> SessionDesk:
        ground = self._ground
        return SessionDesk(
            current=self.current,
            whoami=self.whoami,
            assurance=self.assurance,
            tokenizer=Tokenizer(evaluator=ground.evaluator, clock=ground.clock, public_url=self._url),
            own=OwnSessions(database=ground.database, clock=ground.clock),
            public_url=self._url,
        )

    def _operators(self, recovery: Recovery) -> list[Router]:
        ground = self._ground
        office = open_office(
            database=ground.database,
            hasher=ground.hasher,
            runner=ground.runner,
            clock=ground.clock,
            current=self.current,
            sealer=ground.sealer,
            public_url=self._url,
        )
        mailbox = Mailbox(
            database=ground.database, current=self.current, sealer=ground.sealer, shows_words=ground.shows_mail
        )
        courier = Router(
            "/admin",
            route_handlers=courier_routes.HANDLERS,
            dependencies={
                "mailbox": Provide(lambda: mailbox, sync_to_thread=False),
                "shield": Provide(lambda: office.shield, sync_to_thread=False),
            },
        )
        issuing = Issuing(
            database=ground.database,
            form=recovery,
            passages=self.passages,
            challenges=self.challenges,
            public_url=self._url,
        )
        desk = RecoveryDesk(issuing=issuing, shield=office.shield, current=self.current, public_url=self._url)
        return [admin_routes.router(office), courier, recovery_routes.router(desk)]


def build(ground: Ground) -> Room:
    """Build the room on its ground."""
    return Builder(ground).build()
