"""People who have an account at a provider, in front of our pages and of the provider's; and our side's settings."""

import re
from base64 import b64encode
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from playwright.sync_api import expect

from acceptance.openid_provider import (
    CLIENT_ID,
    CLIENT_SECRET,
    CONSENT_TITLE,
    LOGIN_TITLE,
    OpenIdProvider,
    allow_there,
    application,
    press,
    sign_in_there,
)
from acceptance.ory_stage import Installation, address
from acceptance.pages_stage import Typist, Visitor

CALLBACK = "/self-service/methods/oidc/callback"
# As careless as an operator may be: whatever address the provider says becomes the trait.
MAPPER = """\
local claims = std.extVar('claims');
{
  identity: {
    traits: { [if 'email' in claims then 'email']: claims.email },
    [if std.get(claims, 'email_verified', false) then 'verified_addresses']: [{ via: 'email', value: claims.email }],
  },
}
"""
# Two providers for us, one for them: `auto` links accounts of the same verified address by itself.
ACME = "Acme"
AUTO = "Acme at once"
PROVIDERS = {
    "acme": {"label": ACME},
    "auto": {"label": AUTO, "account_linking_mode": "automatic"},
}


@contextmanager
def provider_beside(
    installation: Installation, folder: Path, *others: dict[str, Any], public_url: str = "", **settings: Any
) -> Iterator[OpenIdProvider]:
    """Have a provider up, on localhost: to browsers another site than 127.0.0.1. It and we know each other.

    `others` are more applications of the provider's; `settings` those that we have of each of our providers.
    """
    callback = f"{public_url or installation.url}{CALLBACK}"
    client = application(*(f"{callback}/{id_}" for id_ in PROVIDERS))
    with closing(OpenIdProvider(folder, client, *others)) as provider:
        provider.start()
        installation.configure("/selfservice/methods/oidc", method(provider.issuer, **settings))
        yield provider


def method(issuer: str, **more: Any) -> dict[str, Any]:
    """Return the identity-config's `selfservice.methods.oidc`."""
    shared = {
        "provider": "generic",
        "issuer_url": issuer,
        "client_id": CLIENT_ID,
        "client_secret": CLIENT_SECRET,
        "scope": ["openid", "email", "profile"],
        "mapper_url": "base64://" + b64encode(MAPPER.encode()).decode(),
        **more,
    }
    providers = [{"id": id_, **shared, **settings} for id_, settings in PROVIDERS.items()]
    return {"enabled": True, "config": {"providers": providers}}


@dataclass(frozen=True)
class Account:
    """Somebody's account at the provider."""

    name: str
    email: str | None


def open_account(provider: OpenIdProvider, test: Any, who: str = "ada", **claims: Any) -> Account:
    """Let somebody have an account at the provider, with an address that nobody has but this test unless it's given.

    With `email=None` the provider knows none.
    """
    mine = address(test, who)
    email = claims.setdefault("email", mine)
    name = mine.partition("@")[0]
    provider.put_account(name, **{claim: value for claim, value in claims.items() if value is not None})
    return Account(name, email)


class Member(Visitor):
    """Somebody with an account elsewhere."""

    def press(self, name):
        """Press a button that leads somewhere, and be there."""
        press(self.page, name)

    def sign_up_with(self, label, account):
        self.open("/ui/registration")
        self.sees("Create an account")
        self.press(f"Sign up with {label}")
        self.go_through(account)

    def sign_in_with(self, label, account):
        self.open("/ui/login")
        self.sees("Sign in")
        self.press(f"Sign in with {label}")
        self.go_through(account)

    def go_through(self, account):
        """Do on the provider's pages what it asks for, and be back."""
        if self.page.title() == LOGIN_TITLE:
            sign_in_there(self.page, account.name)
        if self.page.title() == CONSENT_TITLE:
            allow_there(self.page)
        expect(self.page).to_have_url(re.compile(f"^{re.escape(self._url)}/"))

    def is_in(self, *texts):
        self.sees("Your account", *texts)

    def sign_out(self):
        self.open("/ui/welcome")
        self.follow("Sign out")
        self.sees("Sign in")

    def whoami(self):
        """Return the identity that this browser is signed in as, or None."""
        answer = self.page.request.get(f"{self._url}/sessions/whoami")
        return answer.json()["identity"] if answer.ok else None


class TypingMember(Typist, Member):
    """Somebody with an account elsewhere who has only a keyboard."""

    def press(self, name):
        self._tab_to("button", text=name)
        with self.page.expect_navigation():
            self.page.keyboard.press("Enter")
