"""Begins a fresh flow in the place of one that can't go on, and sends the client there."""

from headwater.core import clock
from headwater.identity.config.tree import IdentityConfig
from headwater.identity.flows import answers, csrf
from headwater.identity.flows import flow as flows
from headwater.identity.flows.answers import Answer
from headwater.identity.flows.flow import Flow
from headwater.identity.flows.inbound import Inbound
from headwater.identity.flows.passages import Passages, replace_query
from headwater.identity.flows.visits import Form
from headwater.identity.messages.text import UiText
from headwater.identity.sessions import cookies

MS = 1000
MS_A_MINUTE = 60_000
EXPIRED_ID = "self_service_flow_expired"


def expired_message(form: Form, expired_at_ms: int, *, now_ms: int) -> UiText:
    """Return what a fresh flow says of something that was too late by now."""
    at = clock.iso_ms(clock.from_epoch_ms(expired_at_ms))
    minutes_ago = (now_ms - expired_at_ms) / MS_A_MINUTE
    return form.expired(minutes_ago, expired_at=at, expired_at_unix=expired_at_ms // MS)


class Afresh:
    """One per installation."""

    def __init__(self, *, passages: Passages, public_url: str) -> None:
        self._passages = passages
        self._public_url = public_url

    async def begin(
        self,
        form: Form,
        flow: Flow,
        message: UiText,
        *,
        inbound: Inbound,
        config: IdentityConfig,
        flow_type: str | None = None,
    ) -> tuple[Flow, Answer]:
        """Return the fresh flow, and an answer that leads browsers to its page and apps to the flow itself."""
        fresh = self._passages.blank(
            form,
            flow_type or flow.type,
            inbound=replace_query(inbound),
            config=config,
            request_url=flow.request_url,
            return_to=flow.return_to,
        )
        cookie = None
        if fresh.type == flows.BROWSER:
            cookie = inbound.cookies.get(csrf.cookie_name(self._public_url)) or csrf.new_cookie()
        fresh = await self._passages.insert(
            form, fresh, inbound=inbound, config=config, csrf_cookie=cookie, messages=(message,)
        )
        shown = answers.for_apps_at(answers.show(fresh, config=config), self._view_url(fresh.kind, fresh.id))
        if cookie is None:
            return fresh, shown
        return fresh, answers.with_cookies(shown, cookies.for_csrf(cookie, config, public_url=self._public_url))

    async def after_link(
        self, form: Form, flow: Flow, message: UiText, *, inbound: Inbound, config: IdentityConfig
    ) -> Answer:
        """Return the answer to a link that leads nowhere: a page for everyone, as links are opened in browsers."""
        _, answer = await self.begin(form, flow, message, inbound=inbound, config=config, flow_type=flows.BROWSER)
        return answers.for_apps_at(answer, answer.location)

    def led_on(self, answer: Answer, *, kind: str) -> Answer:
        """Return the answer to a late submit as recovery and verification give it: apps, too, are sent on."""
        body = answer.body or {}
        if body.get("error", {}).get("id") != EXPIRED_ID:
            return answer
        return answers.for_apps_at(answer, self._view_url(kind, body["use_flow_id"]))

    def _view_url(self, kind: str, flow_id: str) -> str:
        return answers.with_query(f"{self._public_url}/self-service/{kind}/flows", id=flow_id)
