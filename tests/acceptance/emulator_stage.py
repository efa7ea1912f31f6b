"""What tests of the emulator share: one that runs for a module, put back before each test, and a tracking call."""

import base64
import json
import urllib.request

import pytest

from headwater.testing import Emulator

IDENTIFY = "function(ctx) {userId: ctx.identity.id, traits: {email: ctx.identity.traits.email}}"


@pytest.fixture(scope="module")
def running_emulator():
    with Emulator.start() as emulator:
        yield emulator


@pytest.fixture
def emulator(running_emulator):
    running_emulator.reset()
    running_emulator.settle_seconds = 10.0
    return running_emulator


def send(emulator, call, *, write_key=None, **event):
    """Make a tracking call, as an SDK does."""
    proof = base64.b64encode(f"{write_key or emulator.write_key}:".encode()).decode()
    headers = {"content-type": "application/json", "authorization": f"Basic {proof}"}
    request = urllib.request.Request(f"{emulator.url}/v1/{call}", json.dumps(event).encode(), headers)
    with urllib.request.urlopen(request, timeout=30) as answer:
        return answer.status
