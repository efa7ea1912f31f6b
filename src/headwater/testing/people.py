"""People who sign up and sign in, by the flows that apps use."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from headwater.testing.ground import Ground

PASSWORD = "correct horse battery staple"  # noqa: S105  of nobody


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    """Somebody who signed up or in. `session_token` goes into `X-Session-Token`; None where no session was made."""

    identity: dict[str, Any]
    session_token: str | None
    answer: dict[str, Any]

    @property
    def id(self) -> str:
        return str(self.identity["id"])

    @property
    def traits(self) -> dict[str, Any]:
        traits: dict[str, Any] = self.identity["traits"]
        return traits


class People(Ground):
    """By password. Whoever tests another way asks the flows themselves, at `ory_url`."""

    def register(
        self,
        email: str | None = None,
        password: str = PASSWORD,
        *,
        traits: Mapping[str, Any] | None = None,
        transient_payload: Mapping[str, Any] | None = None,
    ) -> Person:
        """Sign somebody up. Raises RefusedError, whose text is what the form would say."""
        whole = {**({"email": email} if email is not None else {}), **(traits or {})}
        body: dict[str, Any] = {"method": "password", "password": password, "traits": whole}
        if transient_payload is not None:
            body["transient_payload"] = dict(transient_payload)
        return self._person(self._submitted("registration", body))

    def login(self, identifier: str, password: str = PASSWORD) -> Person:
        """Sign somebody in. Raises RefusedError."""
        return self._person(
            self._submitted("login", {"method": "password", "identifier": identifier, "password": password})
        )

    def _submitted(self, flow: str, body: Mapping[str, Any]) -> dict[str, Any]:
        begun = self._connection.ask("GET", f"/self-service/{flow}/api")
        action = urlsplit(begun["ui"]["action"])
        done: dict[str, Any] = self._connection.ask(begun["ui"]["method"], f"{action.path}?{action.query}", body)
        return done

    def _person(self, done: dict[str, Any]) -> Person:
        identity = done.get("identity") or done["session"]["identity"]
        return Person(identity=identity, session_token=done.get("session_token"), answer=done)
