"""A real OpenID provider beside the server, as another site: who has an account there, and how people use its pages.

The program itself is in `openid_provider/`; it is npm's certified `oidc-provider` with pages and a remote control.
"""

import json
import subprocess
from pathlib import Path
from typing import Any
from urllib.parse import quote

import httpx
import pytest
from playwright.sync_api import Page, expect

from acceptance.conftest import clean_environment
from acceptance.programs import need_npm_clients

PROGRAM = Path(__file__).parent / "openid_provider" / "provider.mjs"
STOP_SECONDS = 10
TIMEOUT_SECONDS = 10
ANNOUNCES = "issuer "
LOGIN_TITLE = "Sign in to Acme"
CONSENT_TITLE = "Allow access"
CLIENT_ID = "adas-shop"
# Hard to send: RFC 6749 2.3.1 wants each half of Basic credentials form-encoded first.
CLIENT_SECRET = "pen:nib +ink/100%&more"


def application(*redirect_uris: str, **settings: Any) -> dict[str, Any]:
    """Return one OAuth client, as OpenID Connect's dynamic registration names its settings."""
    return {"client_id": CLIENT_ID, "client_secret": CLIENT_SECRET, "redirect_uris": list(redirect_uris), **settings}


class OpenIdProvider:
    """Up between `start` and `stop`, at one address for good; while it is down it forgets all but that and its key.

    Ada has an account with a verified e-mail address, Grace with an unverified one, Eve with none.
    """

    def __init__(self, folder: Path, *applications: dict[str, Any], is_pkce_required: bool = True) -> None:
        self._log = folder / "openid-provider.log"
        self._key_file = folder / "openid-provider-key.json"
        self._applications = applications
        self._is_pkce_required = is_pkce_required
        self._process: subprocess.Popen[str] | None = None
        self._port = 0
        self.issuer = ""

    def start(self) -> None:
        """Be up: the discovery document answers."""
        node, clients = need_npm_clients()
        given = {
            "clients": str(clients),
            "keyFile": str(self._key_file),
            "port": self._port,
            "applications": self._applications,
            "isPkceRequired": self._is_pkce_required,
        }
        with self._log.open("a") as log:
            self._process = subprocess.Popen(
                [node, str(PROGRAM), json.dumps(given)],
                stdout=subprocess.PIPE,
                stderr=log,
                text=True,
                env=clean_environment(),
            )
        first = self._process.stdout.readline()
        if not first.startswith(ANNOUNCES):
            pytest.fail(f"The OpenID provider did not start: {self._log.read_text()}")
        self.issuer = first.removeprefix(ANNOUNCES).strip()
        self._port = int(self.issuer.rpartition(":")[2])
        assert self.issuer == self._ask("GET", "/.well-known/openid-configuration").json()["issuer"]

    def stop(self) -> None:
        """Be down: connections are refused."""
        if self._process is None:
            return
        self._process.terminate()
        self._process.wait(STOP_SECONDS)
        self._process.stdout.close()
        self._process = None

    close = stop

    def rotate_keys(self) -> None:
        """Sign with another key from now on; the old one is gone."""
        self._ask("POST", "/control/now/rotate")

    def rotate_keys_as_somebody_leaves(self) -> None:
        """Do it when the next person has a code and is on the way back with it."""
        self._ask("POST", "/control/then/rotate")

    def end_as_somebody_leaves(self) -> None:
        """Be down from the moment in which the next person has a code and is on the way back with it."""
        self._ask("POST", "/control/then/end")

    def fall_silent_as_somebody_leaves(self) -> None:
        """Take requests without answering any, from when the next person is on the way back until `speak`."""
        self._ask("POST", "/control/then/fallSilent")

    def speak(self) -> None:
        """Answer again."""
        self._ask("POST", "/control/now/speak")

    def put_account(self, name: str, **claims: Any) -> None:
        """Let somebody have an account there. The name is their `sub`."""
        self._ask("PUT", f"/control/accounts/{quote(name, safe='')}", json=claims)

    def _ask(self, method: str, path: str, **options: Any) -> httpx.Response:
        answer = httpx.request(method, self.issuer + path, timeout=TIMEOUT_SECONDS, trust_env=False, **options)
        return answer.raise_for_status()


def sign_in_there(page: Page, account: str) -> None:
    """Say who one is on the provider's page."""
    expect(page).to_have_title(LOGIN_TITLE)
    page.get_by_label("Account").fill(account)
    press(page, "Sign in")


def allow_there(page: Page) -> None:
    """Let the application know what it asks for."""
    expect(page).to_have_title(CONSENT_TITLE)
    press(page, "Allow")


def cancel_there(page: Page, *, title: str = LOGIN_TITLE) -> None:
    """Change one's mind on the provider's page."""
    expect(page).to_have_title(title)
    press(page, "Cancel")


def press(page: Page, name: str) -> None:
    """Press a button that leads somewhere, and be there."""
    with page.expect_navigation():
        page.get_by_role("button", name=name, exact=True).click()
