"""Coming in by an account: the project's own login first, then a click here, which says as whom.

Without the click mallory could make somebody's browser sign in, by a link; and who sits at it would not know as whom.
"""

from typing import Any
from urllib.parse import urlencode

from litestar import Response

from headwater.console import doorway, headers
from headwater.console.accounts import Person
from headwater.console.doorway import Doorway, ForeignFormError, NoOperatorError
from headwater.console.incoming import Incoming, elsewhere, form, next_page
from headwater.console.rendering import Rendering
from headwater.core.errors import HeadwaterError
from headwater.core.secrets import is_same

PATH = "/console/sign-in/account"
LOGIN = "/self-service/login/browser"
AAL2 = "aal2"


class AccountDoor:
    """One per installation. `home` is where the project's login is, and the console beside it."""

    def __init__(self, *, doorway: Doorway, rendering: Rendering, home: str) -> None:
        self._doorway = doorway
        self._rendering = rendering
        self._home = home

    async def show(self, request: Incoming) -> Response[Any]:
        """Show as whom they would come in, once they have proved who they are; until then, send them to the login."""
        try:
            operator, person = await self._doorway.operator(request), await self._doorway.person(request)
        except HeadwaterError as error:
            return self._closed(error)
        if operator is not None:
            return elsewhere(next_page(request))
        if person is None or not (person.is_recent and person.is_sure):
            return elsewhere(self._login(request, person))
        if person.role is None:
            return self._page(request, person, problem=NoOperatorError().message, status=NoOperatorError.status)
        return self._page(request, person)

    async def enter(self, request: Incoming) -> Response[Any]:
        """Let in whoever has proved just now that they are an operator."""
        try:
            person = await self._doorway.person(request)
            doorway.require_own_page(request)
            if person is None or not (person.is_recent and person.is_sure):
                return elsewhere(self._login(request, person))
            if not is_same((await form(request)).get("csrf", [""])[-1], person.word):
                raise ForeignFormError
            cookie = await self._doorway.let_in(request, person)
        except HeadwaterError as error:
            return self._closed(error)
        answer = elsewhere(next_page(request))
        answer.set_cookie(cookie)
        return answer

    def _login(self, request: Incoming, person: Person | None) -> str:
        back = f"{self._home}{PATH}?{urlencode({'next': next_page(request)})}"
        asked = {"return_to": back}
        if person is not None:
            asked |= {"aal": AAL2} if person.is_recent else {"refresh": "true"}
        return f"{self._home}{LOGIN}?{urlencode(asked)}"

    def _page(
        self, request: Incoming, person: Person, *, problem: str | None = None, status: int = 200
    ) -> Response[Any]:
        names = {"person": person, "next": next_page(request), "problem": problem}
        html = self._rendering.html("sign_in_account.html", title="Sign in", **names)
        return Response(html, media_type="text/html", status_code=status, headers=headers.OF_PAGES)

    def _closed(self, error: HeadwaterError) -> Response[Any]:
        html = self._rendering.html("closed.html", title="Not here", reason=error.message)
        return Response(html, media_type="text/html", status_code=error.status, headers=headers.OF_PAGES)
