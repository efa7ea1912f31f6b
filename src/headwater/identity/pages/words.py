"""What our pages say in their own words. What a flow says (labels, messages) comes from its nodes."""

from collections.abc import Mapping
from typing import Any

SENT = ("sent_email", "recovery_awaiting_code")
PASSED_CHALLENGE = "passed_challenge"
SECOND_FACTOR = "aal2"

HEADINGS = {
    "login": "Sign in",
    "registration": "Create an account",
    "settings": "Account settings",
    "recovery": "Recover your account",
    "verification": "Verify your address",
}
ENTER_CODE = "Enter your code"
CHECK_MAIL = "Check your messages"
CONFIRM = "Confirm that it is you"
SECOND_STEP = "One more step to sign in"
VERIFIED = "Address verified"

GROUPS = {
    "profile": "Profile",
    "password": "Password",
    "oidc": "Connected accounts",
    "saml": "Connected organizations",
    "totp": "Authenticator app",
    "lookup_secret": "Backup codes",
    "webauthn": "Security keys",
    "passkey": "Passkeys",
    "code": "One-time codes",
    "deviceauthn": "Trusted devices",
}


def heading(flow: Mapping[str, Any], *, kind: str, asks_for_code: bool) -> str:
    """Return the page's heading: what a person does here, at this point of the flow."""
    state = flow.get("state")
    if state in SENT and kind != "settings":
        return ENTER_CODE if asks_for_code else CHECK_MAIL
    if kind == "verification" and state == PASSED_CHALLENGE:
        return VERIFIED
    if kind == "login" and flow.get("requested_aal") == SECOND_FACTOR:
        return SECOND_STEP
    if kind == "login" and flow.get("refresh"):
        return CONFIRM
    return HEADINGS[kind]


def group_heading(group: str) -> str:
    """Return the heading of a section of the settings."""
    return GROUPS.get(group) or group.replace("_", " ").capitalize()
