"""What `patch identity-config` says of the password-migration hook, before anybody's password goes anywhere."""

import pytest
from actions_stage import base64_body

from headwater.actions import password_migration
from headwater.actions.config import ConfigProblem, check

PATH = "/selfservice/methods/password/config/migrate_hook"
CONFIG = f"{PATH}/config"
GOOD = {"url": "https://old.example.org/check"}
WHOLE = {
    **GOOD,
    "method": "PUT",
    "headers": {"X-Tenant": "a"},
    "auth": {"type": "api_key", "config": {"name": "X-Key", "value": "hunter2", "in": "header"}},
    "body": base64_body("function(ctx) {who: ctx.identifier, password: ctx.password}"),
    "emit_analytics_event": False,
}


def document(hook):
    return {"selfservice": {"methods": {"password": {"config": {"migrate_hook": hook}}}}}


def enabled(config):
    return document({"enabled": True, "config": config})


@pytest.mark.parametrize(
    ("hook", "path"),
    [
        ("yes", PATH),
        ({"enabled": "yes"}, f"{PATH}/enabled"),
        ({"enable": True}, f"{PATH}/enable"),
        ({"enabled": True}, f"{CONFIG}/url"),
        ({"enabled": True, "config": {}}, f"{CONFIG}/url"),
        ({"config": {"url": "ftp://x"}}, f"{CONFIG}/url"),
        ({"enabled": True, "config": {"url": "https://u:p@x.example/"}}, f"{CONFIG}/url"),
        ({"enabled": True, "config": {**GOOD, "response": {"parse": True}}}, f"{CONFIG}/response"),
        ({"enabled": True, "config": {**GOOD, "can_interrupt": True}}, f"{CONFIG}/can_interrupt"),
        ({"enabled": True, "config": {**GOOD, "method": "TRACE"}}, f"{CONFIG}/method"),
        ({"enabled": True, "config": {**GOOD, "method": "CONNECT"}}, f"{CONFIG}/method"),
        ({"enabled": True, "config": {**GOOD, "headers": {"Content-Type": "text/plain"}}}, f"{CONFIG}/headers"),
        ({"enabled": True, "config": {**GOOD, "auth": {"type": "none", "config": {}}}}, f"{CONFIG}/auth/type"),
        ({"enabled": True, "config": {**GOOD, "body": "file:///x"}}, f"{CONFIG}/body"),
        ({"enabled": True, "config": {**GOOD, "body": base64_body("function(ctx) {")}}, f"{CONFIG}/body"),
    ],
)
async def test_refuses_what_could_never_ask_and_names_its_path(evaluator, hook, path):
    with pytest.raises(ConfigProblem) as caught:
        await check(document(hook), evaluator=evaluator)
    assert path in caught.value.message
    assert "hunter2" not in caught.value.message


@pytest.mark.parametrize("hook", [{}, {"enabled": False}, {"enabled": True, "config": GOOD}])
async def test_takes_what_kratos_takes_without_a_word(evaluator, hook):
    assert await check(document(hook), evaluator=evaluator) == []


async def test_takes_every_key_of_ory(evaluator):
    assert await check(enabled(WHOLE), evaluator=evaluator) == []


def test_runs_only_where_it_is_switched_on():
    assert password_migration.hook_or_none(document({"enabled": False, "config": GOOD})) is None
    assert password_migration.hook_or_none({}) is None
    hook = password_migration.hook_or_none(enabled(GOOD))
    assert (hook.config["method"], hook.config["url"]) == ("POST", GOOD["url"])


def test_keeps_to_the_projects_rules_about_private_addresses():
    ruled = {**enabled(GOOD), "clients": {"http": {"disallow_private_ip_ranges": True}}}
    assert password_migration.hook_or_none(ruled).rules.refuses_private
