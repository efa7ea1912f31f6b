"""A document that couldn't run is refused before it is stored, with the place that is wrong."""

import base64
from pathlib import Path

import pytest

from headwater.actions.problems import ConfigProblem
from headwater.core.clock import SystemClock
from headwater.identity.config.defaults import default_document
from headwater.mapping.sandbox import Sandbox
from headwater.wiring.config_check import ConfigCheck
from headwater.workspace.references import References

NOTHING_READABLE = References(variables={}, names=(), folder=None, data=Path("data"))

GOOD = "local claims = std.extVar('claims');\n{ identity: { traits: { email: claims.email } } }"


@pytest.fixture
async def check():
    sandbox = Sandbox(clock=SystemClock())
    await sandbox.start()
    yield ConfigCheck(sandbox, references=NOTHING_READABLE)
    await sandbox.close()


def document(mapper: str) -> dict:
    whole = default_document()
    provider = {
        "id": "acme",
        "provider": "generic",
        "client_id": "headwater",
        "client_secret": "secret",
        "issuer_url": "https://acme.example.org",
        "mapper_url": "base64://" + base64.b64encode(mapper.encode()).decode(),
    }
    whole["selfservice"]["methods"]["oidc"] = {"enabled": True, "config": {"providers": [provider]}}
    return whole


async def test_a_mapper_that_runs_is_taken_without_a_word(check):
    assert await check(document(GOOD)) == []


@pytest.mark.parametrize(
    ("mapper", "where"),
    [
        ("{ identity: { traits: {", "mapper_url:1"),
        ("{\n  identity: { traits: { email: nobody } }\n}", "mapper_url:2"),
        ("claims.email", "mapper_url:1"),
    ],
    ids=["cut off", "an unknown name", "claims without extVar"],
)
async def test_a_mapper_that_is_no_jsonnet_is_refused_with_its_place(check, mapper, where):
    with pytest.raises(ConfigProblem) as refused:
        await check(document(mapper))

    assert "/selfservice/methods/oidc/config/providers/0/mapper_url" in refused.value.message
    assert where in refused.value.message
