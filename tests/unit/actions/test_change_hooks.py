"""Hooks of operators' changes, as `patch identity-config` takes and explains them."""

import pytest
from actions_stage import item

from headwater.actions import chain, explain
from headwater.actions.chain import Trigger
from headwater.actions.config import ConfigProblem, check
from headwater.core.errors import BadRequestError
from headwater.workspace import secret_places

LIST = "/identity/after/created/hooks"
CONFIG = f"{LIST}/0/config"


def document(*hooks, change="created"):
    return {"identity": {"after": {change: {"hooks": list(hooks)}}}}


@pytest.mark.parametrize(
    ("whole", "path"),
    [
        (document(item(response={"parse": True})), f"{CONFIG}/response/parse"),
        (document(item(response={"mapping": "base64://eA=="})), f"{CONFIG}/response/mapping"),
        (document(item(response={"ignore": False})), f"{CONFIG}/response/ignore"),
        (document(item(response={"on_error": "fail"})), f"{CONFIG}/response/on_error"),
        (document(item(can_interrupt=True)), f"{CONFIG}/can_interrupt"),
        (document(item(expose_session_cookie=True)), f"{CONFIG}/expose_session_cookie"),
        (document({"hook": "session"}), f"{LIST}/0/hook"),
        (document(item(url="ftp://x")), f"{CONFIG}/url"),
        (document(item(), item()), f"{LIST}/1"),
        (document(change="create"), "/identity/after/create"),
        ({"identity": {"after": {"hooks": []}}}, "/identity/after/hooks"),
        ({"identity": {"after": {"created": []}}}, "/identity/after/created"),
        ({"identity": {"after": {"created": {"hook": []}}}}, "/identity/after/created/hook"),
        ({"identity": {"after": {"created": {"hooks": {}}}}}, LIST),
    ],
)
async def test_refuses_what_would_wait_or_never_run(evaluator, whole, path):
    with pytest.raises(ConfigProblem) as caught:
        await check(whole, evaluator=evaluator)
    assert caught.value.message.startswith(path)


@pytest.mark.parametrize("response", [None, {}, {"ignore": True}, {"on_error": "queue"}])
async def test_takes_a_web_hook_without_a_word(evaluator, response):
    hook = item() if response is None else item(response=response)
    assert await check(document(hook), evaluator=evaluator) == []


@pytest.mark.parametrize("config", [{}, {"can_interrupt": True}, {"response": {"parse": True, "on_error": "fail"}}])
def test_whatever_a_hook_says_it_leaves_by_the_queue(config):
    found = chain.after(document(item(**config)), Trigger(flow="identity", method="created"))
    assert [hook.path for hook in found.queued] == [f"{LIST}/0"]
    assert (found.awaited, found.blocking) == ((), ())


def test_other_changes_and_flows_have_lists_of_their_own():
    whole = document(item())
    assert chain.after(whole, Trigger(flow="identity", method="deleted")).web_hooks == ()
    assert chain.after(whole, Trigger(flow="registration", method="password")).web_hooks == ()


def test_explain_shows_them():
    (shown,) = [one for one in explain.explain(document(item(id="crm"))).chains if one.flow == "identity"]
    ((step,), dead) = (shown.steps, shown.dead)
    assert (shown.method, step.id, step.list, step.kind, dead) == ("created", "crm", "created", "ignore", ())
    assert [one.method for one in explain.explain({}, flow="identity").chains] == ["created", "updated", "deleted"]
    assert [one.flow for one in explain.explain({}).chains if one.flow == "identity"] == []
    with pytest.raises(BadRequestError, match="created, updated, deleted"):
        explain.explain({}, flow="identity", method="password")


def test_their_secrets_are_known_as_secrets():
    auth = {"type": "api_key", "config": {"name": "X-Key", "value": "hunter2", "in": "header"}}
    (place,) = secret_places.every(document(item(auth=auth)))
    assert place.path == f"{CONFIG}/auth/config/value"
