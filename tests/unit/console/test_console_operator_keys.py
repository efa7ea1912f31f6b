"""Operator keys in the console: made and shown once, revoked; for admins only."""

import re

import pytest
from console_floor import console_on

MARKUP = "<script>alert('1')</script>\""


@pytest.fixture
async def floor(tmp_path):
    async with console_on(tmp_path) as floor:
        yield floor


async def test_a_key_is_made_shown_once_lets_in_and_is_revoked(floor):
    ada = await floor.operator()
    await ada.see("/console/keys")
    await ada.send("/console/keys", name=MARKUP, role="viewer")
    token = re.search(r"ory_wak_[\w-]+", ada.html)[0]
    eve = floor.visitor()
    await eve.send("/console/sign-in", key=token)
    words = await ada.see("/console/keys")
    [made] = [one for one in (await floor.api("GET", "/api/keys"))["keys"] if one["name"] == MARKUP]
    gone = await ada.send(f"/console/keys/{made['id']}/revoke")

    assert "/console" == eve.at
    assert token not in words
    assert MARKUP in words
    assert "<script>alert" not in ada.html
    assert "The key is worthless" in gone
    assert 401 == (await floor.visitor(authorization=f"Bearer {token}").client.get("/api/status")).status_code


async def test_refuses_a_day_that_is_over_at_its_field_with_what_was_typed_kept(floor):
    ada = await floor.operator()
    await ada.see("/console/keys")
    await ada.send("/console/keys", name="Mine", role="operator", expires_on="2001-01-01")

    assert 400 == ada.status
    assert 'aria-describedby="expires_on-problem"' in ada.html
    assert 'value="Mine"' in ada.html
    assert 'value="2001-01-01"' in ada.html


async def test_keys_are_for_admins_alone(floor):
    eve = await floor.operator("operator")
    await eve.see("/console/keys")

    assert 403 == eve.status
    assert 'href="/console/keys"' not in eve.html
