"""Ory's own JavaScript client, unmodified, in Node: one person from sign-up to deletion."""

import json
import subprocess
from contextlib import closing

import pytest

from acceptance.ory_stage import Installation
from acceptance.programs import need_npm_clients

TOO_SHORT, WRONG_PASSWORD, SAVED = 4000032, 4000006, 1050001
VERIFICATION_SENT, VERIFIED = 1080003, 1080002
RECOVERY_SENT, RECOVERED = 1060003, 1060001


@pytest.fixture(scope="module")
def installation(tmp_path_factory):
    with closing(Installation(tmp_path_factory.mktemp("node") / "data")) as running:
        running.start()
        yield running


@pytest.mark.parametrize("door", ["by key", "keyless"])
def test_the_node_client_leads_a_person_from_sign_up_to_deletion(installation, door):
    node, clients = need_npm_clients()
    email = f"ada.{door.replace(' ', '-')}@example.com"
    admin = [installation.url, installation.key] if door == "by key" else [installation.admin, ""]

    ran = subprocess.run(
        [node, str(clients / "ory_journey.mjs"), installation.url, *admin, email],
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )

    assert 0 == ran.returncode, ran.stdout + ran.stderr
    assert {
        "tooShort": [400, [TOO_SHORT]],
        "registered": [True, {"email": email}],
        "verificationSent": [VERIFICATION_SENT],
        "verified": ["passed_challenge", [VERIFIED]],
        "signedOut": 401,
        "saved": ["success", [SAVED]],
        "oldPassword": [400, [WRONG_PASSWORD]],
        "recoverySent": [RECOVERY_SENT],
        "recovered": ["passed_challenge", "show_settings_ui"],
        "settings": [RECOVERED],
        "logout": 204,
        "found": [{"email": email}],
        "patched": {"plan": "pro"},
        "deleted": 204,
        "gone": 404,
    } == json.loads(ran.stdout)
