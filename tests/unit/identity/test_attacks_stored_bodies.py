"""What Mallory leaves behind without signing up."""

import base64

import pytest
from identity_stage import document, message_ids, start_native, submit
from sqlalchemy import func, select

from headwater.actions.problems import ConfigProblem
from headwater.identity.config import tree
from headwater.store.tables import flows


@pytest.mark.parametrize("trait", ["email", "name", "code"])
async def test_a_wrong_submit_of_a_hundred_kilobytes_leaves_little_behind(stage, client, trait):
    flow = await start_native(client)
    answer = await submit(client, flow, {"email": "nobody", trait: "A" * 100_000})

    assert answer.status_code == 400
    assert message_ids(answer.json(), f"traits.{trait}")
    stored = await stage.database.read(lambda c: c.execute(select(func.length(flows.c.document))).scalar_one())
    assert stored < 20_000


def test_a_schema_of_bytes_that_are_no_text_is_refused():
    whole = document()
    whole["identity"]["schemas"][0]["url"] = "base64://" + base64.b64encode(b'{"a":"\xff"}').decode()

    with pytest.raises(ConfigProblem, match="does not decode to JSON"):
        tree.check(whole)


@pytest.mark.parametrize("domain", ["https://example.org", "example.org:4433", "a b", "example.org/", "-_-"])
def test_a_cookie_domain_that_browsers_would_drop_is_refused(domain):
    whole = document()
    whole["session"]["cookie"]["domain"] = domain

    with pytest.raises(ConfigProblem, match="host name"):
        tree.check(whole)


def test_a_whole_file_pasted_below_no_key_is_refused():
    with pytest.raises(ConfigProblem, match="import kratos-config"):
        tree.check({**document(), "": {"selfservice": {}}})
