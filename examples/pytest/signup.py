"""The app: people sign up through Ory, and Segment hears what they do. It knows nothing of the emulator."""

import ory_client
from segment.analytics.client import Client


class SignUps:
    """`ory_url` is that of an Ory project; `segment_host` and `write_key` are those of a Segment source."""

    def __init__(self, *, ory_url: str, segment_host: str, write_key: str) -> None:
        self._ory = ory_client.FrontendApi(ory_client.ApiClient(ory_client.Configuration(host=ory_url)))
        self._segment = Client(write_key, host=segment_host, sync_mode=True)

    def sign_up(self, email: str, password: str) -> tuple[str, str]:
        """Return the id and the session token of somebody new."""
        flow = self._ory.create_native_registration_flow()
        form = ory_client.UpdateRegistrationFlowWithPasswordMethod(
            method="password", password=password, traits={"email": email}
        )
        done = self._ory.update_registration_flow(str(flow.id), ory_client.UpdateRegistrationFlowBody(form))
        self._segment.track(str(done.identity.id), "Signed Up", {"plan": "free"})
        return str(done.identity.id), done.session_token

    def is_signed_in(self, token: str) -> bool:
        """Tell whether a session still holds."""
        try:
            return bool(self._ory.to_session(x_session_token=token).active)
        except ory_client.exceptions.UnauthorizedException:
            return False

    def verify(self, email: str) -> str:
        """Have a code sent to an address; return the flow that it goes into."""
        flow = self._ory.create_native_verification_flow()
        form = ory_client.UpdateVerificationFlowWithCodeMethod(method="code", email=email)
        self._ory.update_verification_flow(str(flow.id), ory_client.UpdateVerificationFlowBody(form))
        return str(flow.id)

    def enter_code(self, flow_id: str, code: str) -> bool:
        """Tell whether it was the right one."""
        form = ory_client.UpdateVerificationFlowWithCodeMethod(method="code", code=code)
        done = self._ory.update_verification_flow(flow_id, ory_client.UpdateVerificationFlowBody(form))
        return done.state == "passed_challenge"
