"""What the delivery log of Actions says, asked as an operator does."""

import time
from urllib.parse import urlencode

import pytest

from acceptance.conftest import WAIT_SECONDS, Headwater


def listed(headwater: Headwater, **query: str) -> list[dict]:
    return headwater.api("GET", f"/api/action-deliveries?{urlencode(query)}")["action_deliveries"]


def wait_for_state(headwater: Headwater, state: str, **query: str) -> dict:
    deadline = time.monotonic() + WAIT_SECONDS
    while time.monotonic() < deadline:
        found = listed(headwater, state=state, **query)
        if found:
            return found[0]
        time.sleep(0.05)
    pytest.fail(f"No call became {state}; there are {listed(headwater)}")
