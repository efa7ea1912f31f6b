"""Where providers send people back to: who left from here, in this browser, a moment ago, goes on; nobody else does."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qsl, quote, urlencode

import msgspec
from litestar import Response, Router, get, post
from litestar.params import FromPath

from headwater.identity.config.tree import IdentityConfig
from headwater.identity.flows import answers
from headwater.identity.flows.answers import Answer
from headwater.identity.flows.csrf import CsrfError
from headwater.identity.flows.errors import AlreadySignedInError, FlowError
from headwater.identity.flows.flow import Flow
from headwater.identity.flows.inbound import Inbound
from headwater.identity.flows.passages import Passages
from headwater.identity.flows.routes import Doors, Incoming, from_flow
from headwater.identity.flows.visits import Form, Visit
from headwater.identity.providers.arrival import Arrival
from headwater.identity.sessions.whoami import Whoami
from headwater.identity.social import travel
from headwater.identity.social.app_return import AppReturn
from headwater.identity.social.keepsakes import Going
from headwater.identity.social.state import BadStateError, State
from headwater.identity.social.travel import CALLBACK, Travel

MAX_FORM_BYTES = 32 * 1024
MAX_FORM_FIELDS = 50
ALREADY = "A valid session was detected and thus login is not possible."
ELSEWHERE = "Unable to complete the sign-in, because it did not begin in this browser. Please begin it again here."

Land = Callable[[Visit, Arrival], Awaitable[Answer]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Landfall:
    """A kind of flow that people come back to. `is_for_visitors`: whoever is signed in has no business there."""

    form: Form
    land: Land
    is_for_visitors: bool


class Callback:
    """One per installation."""

    def __init__(
        self,
        *,
        passages: Passages,
        traveller: Travel,
        whoami: Whoami,
        landfalls: Mapping[str, Landfall],
        app_return: AppReturn,
    ) -> None:
        self._passages = passages
        self._travel = traveller
        self._whoami = whoami
        self._landfalls = landfalls
        self._app_return = app_return

    async def come_back(self, provider_id: str | None, *, inbound: Inbound, config: IdentityConfig) -> Answer:
        """Go on with the flow that somebody left from. Raises BadStateError or FlowError where there is none."""
        state = self._travel.opened(inbound, provider_in_path=provider_id)
        landfall = self._landfalls.get(state.kind)
        if landfall is None:
            raise BadStateError
        async with self._passages.turn_of(state.flow_id):
            flow = await self._flow(state, landfall, inbound=inbound, config=config)

            async def decide(visit: Visit) -> Answer:
                async def land(back: Flow, going: Going) -> Answer:
                    here = msgspec.structs.replace(
                        visit, flow=back, sent=travel.resent(going), inbound=_without_answer(inbound)
                    )
                    arrival = await self._travel.arrived(going, inbound=inbound, config=config)
                    return await landfall.land(here, arrival)

                return await self._travel.landed(flow, land, inbound=inbound, config=config)

            answer = await self._passages.go_on(landfall.form, flow, inbound=inbound, config=config, decide=decide)
        return await self._app_return.answer(answer, flow, config=config)

    async def _flow(self, state: State, landfall: Landfall, *, inbound: Inbound, config: IdentityConfig) -> Flow:
        """Return the flow, if this browser began it and whoever it is has business there."""
        signed_in = await self._whoami.find_or_none(inbound, config=config)
        try:
            flow = await self._passages.find(state.kind, state.flow_id, inbound=inbound, config=config)
        except CsrfError:
            if signed_in is None or not landfall.is_for_visitors:
                raise BadStateError(ELSEWHERE) from None
            # A second visit of a callback that let them in: the anti-CSRF cookie has changed with it.
            raise AlreadySignedInError(ALREADY, location=config.flows.default_return_url) from None
        if signed_in is not None and landfall.is_for_visitors and not flow.refresh:
            raise AlreadySignedInError(ALREADY, location=flow.return_to or config.flows.default_return_url)
        await self._app_return.require_awaited(flow, config=config)
        return flow


def routes(*, doors: Doors, callback: Callback) -> Router:
    """Return the address that is registered at providers, with and without the provider's id."""

    async def come_back(request: Incoming, provider_id: str | None) -> Response[Any]:
        return await doors.through(
            request, lambda asked, config: callback.come_back(provider_id, inbound=asked, config=config)
        )

    @get(f"{CALLBACK}/{{provider_id:str}}", name="oidc_callback_of_provider")
    async def come_back_from(request: Incoming, provider_id: FromPath[str]) -> Response[Any]:
        return await come_back(request, provider_id)

    @get(CALLBACK, name="oidc_callback")
    async def come_back_from_any(request: Incoming) -> Response[Any]:
        return await come_back(request, None)

    @post(f"{CALLBACK}/{{provider_id:str}}", request_max_body_size=MAX_FORM_BYTES, name="oidc_callback_by_post")
    async def posted_from(request: Incoming, provider_id: FromPath[str]) -> Response[Any]:
        return await _again_by_get(request, f"{CALLBACK}/{quote(provider_id, safe='')}")

    @post(CALLBACK, request_max_body_size=MAX_FORM_BYTES, name="oidc_callback_by_post_of_any")
    async def posted_from_any(request: Incoming) -> Response[Any]:
        return await _again_by_get(request, CALLBACK)

    handlers = [come_back_from, come_back_from_any, posted_from, posted_from_any]
    return Router("/", route_handlers=handlers, exception_handlers={FlowError: from_flow})


def _without_answer(inbound: Inbound) -> Inbound:
    """Return the request without code and state: Actions are shown its address."""
    return msgspec.structs.replace(inbound, url=inbound.url.partition("?")[0])


async def _again_by_get(request: Incoming, path: str) -> Response[Any]:
    """Turn a form post (Apple's) into a visit: browsers send no Lax cookies with another site's form post."""
    try:
        pairs = parse_qsl((await request.body()).decode(), max_num_fields=MAX_FORM_FIELDS)
    except ValueError:
        pairs = []  # then the visit has no state, and its client is told so in its own way
    return answers.redirect(f"{path}?{urlencode(pairs)}")
