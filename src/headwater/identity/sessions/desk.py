"""What people ask about their sessions, answered. One token lookup each, and nothing is written by asking."""

from typing import Any

import msgspec
from litestar import MediaType, Request, Response

from headwater.core.secrets import Secret
from headwater.identity.admin import paging
from headwater.identity.config.live import Current
from headwater.identity.config.tree import IdentityConfig
from headwater.identity.flows.answers import NO_STORE
from headwater.identity.people import views
from headwater.identity.sessions import tokens
from headwater.identity.sessions.assurance import Assurance
from headwater.identity.sessions.memory import Answered, Memory
from headwater.identity.sessions.own import OwnSessions
from headwater.identity.sessions.sessions import Session
from headwater.identity.sessions.tokenizer import Tokenizer
from headwater.identity.sessions.whoami import NoSessionError, SignedIn, Whoami

Incoming = Request[Any, Any, Any]

HEADERS = {**NO_STORE, "Vary": "Origin, Cookie"}
IDENTITY_HEADER = "X-Kratos-Authenticated-Identity-Id"


class SessionDesk:
    """One per installation."""

    def __init__(
        self,
        *,
        current: Current,
        whoami: Whoami,
        assurance: Assurance,
        tokenizer: Tokenizer,
        own: OwnSessions,
        public_url: str,
    ) -> None:
        self._current = current
        self._whoami = whoami
        self._assurance = assurance
        self._tokenizer = tokenizer
        self._own = own
        self._memory = Memory(whoami.near)
        self._public_url = public_url

    async def show(self, request: Incoming) -> Response[Any]:
        """Answer who is asking. Raises NoSessionError, SecondFactorRequiredError, or what tokenizing raises."""
        config = await self._current.config()
        token = _token_or_none(request, config)
        if token is None:
            raise NoSessionError
        if request.scope["query_string"] and (template := request.query_params.get("tokenize_as")):
            return await self._tokenized(token, template, config)
        now_ms = self._whoami.now_ms()
        answered = self._memory.recall(token, config=config, now_ms=now_ms)
        if answered is None:
            version = self._memory.version
            mine = await self._sure(token, config)
            answered = Answered(
                config=config,
                expires_at_ms=mine.session.expires_at_ms,
                identity_id=mine.account.id,
                body=msgspec.json.encode(self._view(mine.session, mine)),
            )
            self._memory.remember(token, answered, version=version)
        return Response(
            answered.body, media_type=MediaType.JSON, headers={**HEADERS, IDENTITY_HEADER: answered.identity_id}
        )

    async def list_others(self, request: Incoming) -> Response[Any]:
        """Answer where else they are signed in."""
        config = await self._current.config()
        mine = await self._sure(_token_or_none(request, config), config)
        query = request.query_params
        page = paging.numbered(query)
        others = await self._own.others(mine, offset=page.offset, limit=page.size, config=config)
        link = paging.numbered_link("/sessions", query.multi_items(), page=page, total=others.total)
        headers = {**HEADERS, "X-Total-Count": str(others.total), **({"Link": link} if link else {})}
        items = [self._view(item, mine) for item in others.found]
        return Response(items, headers=headers)

    async def revoke_others(self, request: Incoming) -> Response[Any]:
        """End every session but this one."""
        config = await self._current.config()
        mine = await self._signed_in(_token_or_none(request, config), config)
        return Response({"count": await self._own.revoke_others(mine)}, headers=HEADERS)

    async def revoke(self, request: Incoming, session_id: str) -> Response[None]:
        """End another session of theirs."""
        config = await self._current.config()
        mine = await self._signed_in(_token_or_none(request, config), config)
        await self._own.revoke(session_id, mine, config=config)
        return Response(None, headers=HEADERS)

    async def _tokenized(self, token: Secret, template: str, config: IdentityConfig) -> Response[Any]:
        mine = await self._sure(token, config)
        view = self._view(mine.session, mine)
        view["tokenized"] = await self._tokenizer.tokenize(template, view, account=mine.account, config=config)
        return Response(view, headers={**HEADERS, IDENTITY_HEADER: mine.account.id})

    def _view(self, session: Session, mine: SignedIn) -> dict[str, Any]:
        return views.session(session, mine.account, public_url=self._public_url)

    async def _sure(self, token: Secret | None, config: IdentityConfig) -> SignedIn:
        mine = await self._signed_in(token, config)
        self._assurance.require(mine.session, mine.account, config=config)
        return mine

    async def _signed_in(self, token: Secret | None, config: IdentityConfig) -> SignedIn:
        found = None if token is None else await self._whoami.find_by_token_or_none(token, config=config)
        if found is None:
            raise NoSessionError
        return found


def _token_or_none(request: Incoming, config: IdentityConfig) -> Secret | None:
    headers = request.headers
    return tokens.first_or_none(
        header=headers.get(tokens.HEADER, ""),
        cookies=request.cookies,
        cookie_name=config.session.cookie.name,
        authorization=headers.get("authorization", ""),
    )
