"""The people of the story, who sign up through Ory's official client and the native registration flow."""

from dataclasses import dataclass
from typing import Any

from ory_kratos_client.api.frontend_api import FrontendApi
from ory_kratos_client.api_client import ApiClient
from ory_kratos_client.configuration import Configuration
from ory_kratos_client.exceptions import OpenApiException
from ory_kratos_client.models.update_registration_flow_body import UpdateRegistrationFlowBody
from ory_kratos_client.models.update_registration_flow_with_password_method import (
    UpdateRegistrationFlowWithPasswordMethod,
)
from urllib3.exceptions import HTTPError

from headwater.cli.demo_expectation import UnmetError
from headwater.core import ids

TIMEOUT_SECONDS = 20


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    """Somebody who signs up."""

    name: str
    email: str
    wants_newsletter: bool

    @property
    def traits(self) -> dict[str, Any]:
        return {"email": self.email, "name": self.name, "consent": {"newsletter": self.wants_newsletter}}


ADA = Person(name="Ada Lovelace", email="ada@example.org", wants_newsletter=True)
GRACE = Person(name="Grace Hopper", email="grace@example.org", wants_newsletter=False)
DOROTHY = Person(name="Dorothy Vaughan", email="dorothy@example.org", wants_newsletter=True)
KATHERINE = Person(name="Katherine Johnson", email="katherine@example.org", wants_newsletter=True)


def register(person: Person, *, url: str) -> str:
    """Sign `person` up with a password and return the id of the new identity. Raises UnmetError."""
    try:
        with ApiClient(Configuration(host=url)) as connection:
            return _register(FrontendApi(connection), person)
    except (OpenApiException, HTTPError, ValueError) as error:  # pydantic's errors are ValueErrors
        raise UnmetError(expected=f"{person.name} to be registered", seen=str(error).strip()) from error


def _register(frontend: FrontendApi, person: Person) -> str:
    flow = frontend.create_native_registration_flow(_request_timeout=TIMEOUT_SECONDS)
    form = UpdateRegistrationFlowWithPasswordMethod(
        method="password", password=ids.new_token("demo-"), traits=person.traits
    )
    done = frontend.update_registration_flow(
        flow=flow.id,
        update_registration_flow_body=UpdateRegistrationFlowBody(form),
        _request_timeout=TIMEOUT_SECONDS,
    )
    return str(done.identity.id)
