"""What `patch identity-config` refuses, naming the path; what it accepts; what it warns of."""

import base64

import pytest
from actions_stage import GLOBAL, IDENTIFY, PASSWORD, base64_body, document, item, web_hook_config

from headwater.actions.advice import RUNS_UNLIKE_ORY, STOPPED
from headwater.actions.config import ConfigProblem, NotSupportedYet, check
from headwater.actions.known_hooks import FLOWS

HOOK = f"{GLOBAL}/0"
CONFIG = f"{HOOK}/config"
BASIC = {"user": "wk", "password": ""}
KEY = {"name": "X-Key", "value": "hunter2", "in": "header"}
URL_SAFE = base64.urlsafe_b64encode(b"function(ctx) '\xc3\xbf\xc3\xbf\xc3\xbe>>>???'").decode()


def without(*keys):
    return {key: value for key, value in web_hook_config().items() if key not in keys}


def basic(**config):
    return {"type": "basic_auth", "config": {**BASIC, **config}}


def api_key(**config):
    return {"type": "api_key", "config": {**KEY, **config}}


def flows(value):
    return {"selfservice": {"flows": value}}


# One hook in the global list: (the list's item, the path that is named, a word of the reason)
BAD_ITEMS = [
    (None, HOOK, "an object, not null"),
    ("session", HOOK, "an object, not a text"),
    ([], HOOK, "an object, not a list"),
    ({}, f"{HOOK}/hook", "missing"),
    ({"config": {}}, f"{HOOK}/hook", "missing"),
    ({"hook": 1}, f"{HOOK}/hook", "a text, not a number"),
    ({"hook": None}, f"{HOOK}/hook", "not null"),
    ({"hook": "webhook"}, f"{HOOK}/hook", "'web_hook'"),
    ({"hook": "web-hook"}, f"{HOOK}/hook", "'web_hook'"),
    ({"hook": "sesion"}, f"{HOOK}/hook", "'session'"),
    ({"hook": "Session"}, f"{HOOK}/hook", "'session'"),
    ({"hook": "show_verification"}, f"{HOOK}/hook", "'show_verification_ui'"),
    ({"hook": ""}, f"{HOOK}/hook", "unknown hook"),
    ({"hook": "session", "conf": {}}, f"{HOOK}/conf", "'config'"),
    ({"hook": "session", "config": []}, f"{HOOK}/config", "an object, not a list"),
    ({"hook": "session", "if": "x"}, f"{HOOK}/if", "unknown key"),
    ({"hook": "web_hook"}, f"{CONFIG}/url", "missing"),
    ({"hook": "web_hook", "config": None}, CONFIG, "an object, not null"),
    ({"hook": "web_hook", "config": "x"}, CONFIG, "an object, not a text"),
    ({"hook": "web_hook", "url": "https://x.test"}, f"{HOOK}/url", "unknown key"),
    ({"hook": "web_hook", "config": without("url")}, f"{CONFIG}/url", "missing"),
    ({"hook": "web_hook", "config": without("method")}, f"{CONFIG}/method", "missing"),
    ({"hook": "web_hook", "config": without("body")}, f"{CONFIG}/body", "missing"),
    (item(mehtod="POST"), f"{CONFIG}/mehtod", "'method'"),
    (item(header={}), f"{CONFIG}/header", "'headers'"),
    (item(emit_analytics_events=True), f"{CONFIG}/emit_analytics_events", "'emit_analytics_event'"),
    (item(**{"a/b~c": 1}), f"{CONFIG}/a~1b~0c", "unknown key"),
    (item(on_error="queue"), f"{CONFIG}/on_error", "unknown key"),
    (item(ignore=True), f"{CONFIG}/ignore", "unknown key"),
    (item(id=7), f"{CONFIG}/id", "a text, not a number"),
    (item(can_interrupt="yes"), f"{CONFIG}/can_interrupt", "true or false, not a text"),
    (item(can_interrupt=1), f"{CONFIG}/can_interrupt", "true or false, not a number"),
    (item(emit_analytics_event="false"), f"{CONFIG}/emit_analytics_event", "true or false"),
    (item(expose_session_cookie=0), f"{CONFIG}/expose_session_cookie", "true or false"),
    # url
    (item(url=""), f"{CONFIG}/url", "absolute"),
    (item(url=7), f"{CONFIG}/url", "a text, not a number"),
    (item(url="receiver.test/hook"), f"{CONFIG}/url", "absolute"),
    (item(url="/hook"), f"{CONFIG}/url", "absolute"),
    (item(url="//receiver.test/hook"), f"{CONFIG}/url", "absolute"),
    (item(url="ftp://receiver.test"), f"{CONFIG}/url", "http"),
    (item(url="file:///etc/passwd"), f"{CONFIG}/url", "http"),
    (item(url="javascript:alert(1)"), f"{CONFIG}/url", "http"),
    (item(url="https://"), f"{CONFIG}/url", "host"),
    (item(url="https://receiver.test:99999/"), f"{CONFIG}/url", "absolute"),
    (item(url="https://receiver.test/a b"), f"{CONFIG}/url", "space"),
    (item(url="https://receiver.test/\r\nHost: evil"), f"{CONFIG}/url", "control"),
    (item(url="https://receiver.test\\@evil.test/"), f"{CONFIG}/url", "backslash"),
    (item(url="https://user:pw@receiver.test/"), f"{CONFIG}/url", "basic_auth"),
    # method
    (item(method=""), f"{CONFIG}/method", "HTTP method"),
    (item(method="PO ST"), f"{CONFIG}/method", "HTTP method"),
    (item(method="POST\r\nX: y"), f"{CONFIG}/method", "HTTP method"),
    (item(method=["POST"]), f"{CONFIG}/method", "a text, not a list"),
    # headers
    (item(headers=[]), f"{CONFIG}/headers", "an object, not a list"),
    (item(headers={"X-A": 1}), f"{CONFIG}/headers/X-A", "a text, not a number"),
    (item(headers={"X-A": None}), f"{CONFIG}/headers/X-A", "not null"),
    (item(headers={"X-A": ["b"]}), f"{CONFIG}/headers/X-A", "a text, not a list"),
    (item(headers={"X A": "b"}), f"{CONFIG}/headers/X A", "header name"),
    (item(headers={"": "b"}), f"{CONFIG}/headers/", "header name"),
    (item(headers={"X-A\r\nX-B": "b"}), f"{CONFIG}/headers/X-A\r\nX-B", "header name"),
    (item(headers={"X-A": "b\r\nX-B: c"}), f"{CONFIG}/headers/X-A", "line break"),
    (item(headers={"X-A": "b\x00"}), f"{CONFIG}/headers/X-A", "control character"),
    (item(headers={"Content-Type": "text/plain"}), f"{CONFIG}/headers/Content-Type", "exactly"),
    (item(headers={"content-type": "application/json; charset=utf-8"}), f"{CONFIG}/headers/content-type", "exactly"),
    # body
    (item(body=1), f"{CONFIG}/body", "a text, not a number"),
    (item(body=""), f"{CONFIG}/body", "missing"),
    (item(body=IDENTIFY), f"{CONFIG}/body", "base64://"),
    (item(body="./action.jsonnet"), f"{CONFIG}/body", "base64://"),
    (item(body="file:///etc/hostname"), f"{CONFIG}/body", "base64://"),
    (item(body="ftp://templates.test/a.jsonnet"), f"{CONFIG}/body", "https://"),
    (item(body="https://user:pw@templates.test/a.jsonnet"), f"{CONFIG}/body", "user or password"),
    (item(body="https:///a.jsonnet"), f"{CONFIG}/body", "can't be fetched"),
    (item(body="https://templates.test/a b"), f"{CONFIG}/body", "space"),
    (item(body="base64://"), f"{CONFIG}/body", "empty"),
    (item(body="base64://ICAK"), f"{CONFIG}/body", "empty"),
    (item(body="base64://%%%%"), f"{CONFIG}/body", "base64 -w0"),
    (item(body="base64://ü"), f"{CONFIG}/body", "base64 -w0"),
    (item(body=base64_body("function(ctx) {a:1}").rstrip("=")), f"{CONFIG}/body", "padding"),
    (item(body=f"base64://{URL_SAFE}"), f"{CONFIG}/body", "URL-safe"),
    (item(body="base64:///////"), f"{CONFIG}/body", "padding"),
    (item(body="base64:////9="), f"{CONFIG}/body", "UTF-8"),
    (item(body=base64_body("function(ctx) {")), f"{CONFIG}/body", "Jsonnet"),
    (item(body=base64_body("function(ctx) {a: ctx.}")), f"{CONFIG}/body", "Jsonnet"),
    (item(body=base64_body("}{")), f"{CONFIG}/body", "Jsonnet"),
    # auth
    (item(auth="basic"), f"{CONFIG}/auth", "an object, not a text"),
    (item(auth=None), f"{CONFIG}/auth", "not null"),
    (item(auth={"type": "basic_auth"}), f"{CONFIG}/auth/config", "missing"),
    (item(auth={"config": BASIC}), f"{CONFIG}/auth/type", "missing"),
    (item(auth={"type": "basic", "config": BASIC}), f"{CONFIG}/auth/type", "'basic_auth'"),
    (item(auth={"type": "oauth2", "config": {}}), f"{CONFIG}/auth/type", "api_key, basic_auth"),
    (item(auth={"type": 1, "config": {}}), f"{CONFIG}/auth/type", "a text, not a number"),
    (item(auth={"type": "basic_auth", "config": []}), f"{CONFIG}/auth/config", "an object, not a list"),
    (item(auth={**basic(), "realm": "x"}), f"{CONFIG}/auth/realm", "unknown key"),
    (item(auth={"type": "basic_auth", "config": {"user": "u"}}), f"{CONFIG}/auth/config/password", "missing"),
    (item(auth={"type": "basic_auth", "config": {"password": "p"}}), f"{CONFIG}/auth/config/user", "missing"),
    (item(auth=basic(user=1)), f"{CONFIG}/auth/config/user", "a text, not a number"),
    (item(auth=basic(username="u")), f"{CONFIG}/auth/config/username", "'user'"),
    (item(auth=api_key(**{"in": "query"})), f"{CONFIG}/auth/config/in", "cookie, header"),
    (item(auth=api_key(**{"in": "headers"})), f"{CONFIG}/auth/config/in", "'header'"),
    (item(auth=api_key(**{"in": None})), f"{CONFIG}/auth/config/in", "not null"),
    (item(auth=api_key(name="X Key")), f"{CONFIG}/auth/config/name", "name of a header"),
    (item(auth=api_key(name="")), f"{CONFIG}/auth/config/name", "name of a header"),
    (item(auth=api_key(value="a\nb")), f"{CONFIG}/auth/config/value", "line break"),
    (item(auth=api_key(key="x")), f"{CONFIG}/auth/config/key", "unknown key"),
    (item(auth={"type": "api_key", "config": {"name": "n", "value": "v"}}), f"{CONFIG}/auth/config/in", "missing"),
    (item(auth={"type": "api_key", "config": {"in": "header", "value": "v"}}), f"{CONFIG}/auth/config/name", "missing"),
    # response
    (item(response=True), f"{CONFIG}/response", "an object, not true or false"),
    (item(response={"ignored": True}), f"{CONFIG}/response/ignored", "'ignore'"),
    (item(response={"ignore": "true"}), f"{CONFIG}/response/ignore", "true or false"),
    (item(response={"parse": 1}), f"{CONFIG}/response/parse", "true or false"),
    (item(response={"on_error": "retry"}), f"{CONFIG}/response/on_error", "fail, queue"),
    (item(response={"on_error": True}), f"{CONFIG}/response/on_error", "a text"),
    (item(response={"ignore": True, "parse": True}), f"{CONFIG}/response/ignore", "can't go with"),
    (item(response={"ignore": True}, can_interrupt=True), f"{CONFIG}/response/ignore", "can't go with"),
    (item(response={"ignore": True, "on_error": "fail"}), f"{CONFIG}/response/on_error", "nobody waits"),
    (item(response={"ignore": True}, expose_session_cookie=True), f"{CONFIG}/expose_session_cookie", "never holds"),
    (
        item(response={"on_error": "queue"}, expose_session_cookie=True),
        f"{CONFIG}/expose_session_cookie",
        "never holds",
    ),
]

NO_PATTERN = "must be a pattern of URLs"
RULES = "/clients/http"
EXCEPTED = f"{RULES}/private_ip_exception_urls"

# `clients`: (what stands there, the path that is named, a word of the reason)
BAD_CLIENTS = [
    ("x", "/clients", "an object, not a text"),
    ({"http": 1}, RULES, "an object, not a number"),
    ({"http": {"disallow_private_ip_ranges": "yes"}}, f"{RULES}/disallow_private_ip_ranges", "true or false"),
    ({"http": {"disallow_private_ips": True}}, f"{RULES}/disallow_private_ips", "'disallow_private_ip_ranges'"),
    ({"http": {"private_ip_exception_urls": "http://x/"}}, EXCEPTED, "a list, not a text"),
    ({"http": {"private_ip_exception_urls": [7]}}, f"{EXCEPTED}/0", "a text, not a number"),
    ({"http": {"private_ip_exception_urls": ["http://x/", ""]}}, f"{EXCEPTED}/1", NO_PATTERN),
    ({"http": {"private_ip_exception_urls": ["http://["]}}, f"{EXCEPTED}/0", NO_PATTERN),
    ({"http": {"private_ip_exception_urls": ["x" * 513]}}, f"{EXCEPTED}/0", "at most 512"),
    ({"http": {"private_ip_exception_urls": ["http://x/"] * 51}}, EXCEPTED, "at most 50"),
]

# Whole documents: (the document, the path that is named, a word of the reason)
BAD_PLACES = [
    ({"selfservice": []}, "/selfservice", "an object"),
    ({"selfservice": {"flows": "x"}}, "/selfservice/flows", "an object"),
    (flows({"registration": None}), "/selfservice/flows/registration", "not null"),
    (flows({"registration": {"hooks": []}}), "/selfservice/flows/registration/hooks", "under before or after"),
    (flows({"registration": {"after": []}}), "/selfservice/flows/registration/after", "an object"),
    (flows({"registration": {"after": {"hooks": {}}}}), GLOBAL, "a list, not an object"),
    (flows({"registration": {"after": {"hooks": None}}}), GLOBAL, "a list, not null"),
    (flows({"registration": {"after": {"hook": []}}}), "/selfservice/flows/registration/after/hook", "'hooks'"),
    (
        flows({"registration": {"after": {"pasword": {"hooks": []}}}}),
        "/selfservice/flows/registration/after/pasword",
        "'password'",
    ),
    (
        flows({"registration": {"after": {"password": []}}}),
        "/selfservice/flows/registration/after/password",
        "an object, not a list",
    ),
    (
        flows({"registration": {"after": {"password": {"hook": []}}}}),
        "/selfservice/flows/registration/after/password/hook",
        "'hooks'",
    ),
    (document(password=[item(), {"hook": "nope"}]), f"{PASSWORD}/1/hook", "unknown hook"),
    (document(shared=[item(), item()]), f"{GLOBAL}/1", "the same as"),
    (document(password=[{"hook": "session"}, {"hook": "session"}]), f"{PASSWORD}/1", "the same as"),
    (flows({"signup": {"after": {"hooks": [item()]}}}), "/selfservice/flows/signup/after/hooks", "never runs"),
    (flows({"logout": {"after": {"hooks": [item()]}}}), "/selfservice/flows/logout/after/hooks", "never runs"),
]

NOT_YET = [
    (document(shared=[item(method="CONNECT")]), f"{CONFIG}/method"),
    (document(totp=[item()]), "/selfservice/flows/registration/after/totp/hooks/0"),
]

GOOD = [
    item(response={"parse": True}),
    item(can_interrupt=True),
    item(response={"mapping": base64_body("function(ctx, response) null")}),
    item(url="https://api.segment.io/v1/identify", auth=basic()),
    item(id="crm", headers={"X-Team": "growth", "content-type": "application/json"}),
    item(headers={"Content-Type": "application/x-www-form-urlencoded"}),
    item(auth={}),
    item(auth=api_key()),
    item(auth=api_key(**{"in": "cookie"})),
    item(auth=basic(user="secret://3f", password="secret://40")),
    item(auth=api_key(value="secret://41")),
    item(response={}, emit_analytics_event=False, can_interrupt=False),
    item(response={"ignore": False, "parse": False, "on_error": "fail"}, expose_session_cookie=True),
    item(response={"ignore": True}),
    item(response={"ignore": True, "on_error": "queue"}),
    item(url="http://127.0.0.1:9/x?y=z#f", method="get"),
    item(url="http://[::1]:8080/"),
    item(body="base64://" + "\r\n".join(base64.encodebytes(IDENTIFY.encode() * 1).decode().splitlines())),
    item(body=base64_body("function(ctx) error 'only when it runs'")),
    item(body=base64_body("local f(x) = f(x + 1); function(ctx) f(0)")),
    item(body="https://templates.test/a.jsonnet?version=2"),
    item(body="http://templates.test/a.jsonnet"),
    {"hook": "web_hook", "config": {**without("body"), "method": "TRACE"}},
    item(method="TRACE", body=base64_body("function(ctx) {")),
    item(method="PURGE"),
    {"hook": "session"},
    {"hook": "session", "config": {}},
]


def ids(rows):
    return [f"{number}-{row[1].rpartition('/')[2]}" for number, row in enumerate(rows)]


@pytest.mark.parametrize(("bad", "path", "word"), BAD_ITEMS, ids=ids(BAD_ITEMS))
async def test_refuses_a_bad_hook_and_names_its_path(evaluator, bad, path, word):
    with pytest.raises(ConfigProblem) as caught:
        await check(document(shared=[bad]), evaluator=evaluator)

    assert (caught.value.context["path"], caught.value.code, caught.value.status) == (path, "bad_identity_config", 400)
    assert caught.value.message.startswith(f"{path} ")
    assert word in caught.value.message


@pytest.mark.parametrize(("bad", "path", "word"), BAD_PLACES, ids=ids(BAD_PLACES))
async def test_refuses_hooks_that_stand_where_none_can(evaluator, bad, path, word):
    with pytest.raises(ConfigProblem) as caught:
        await check(bad, evaluator=evaluator)

    assert (caught.value.context["path"], caught.value.code) == (path, "bad_identity_config")
    assert word in caught.value.message


@pytest.mark.parametrize(("clients", "path", "word"), BAD_CLIENTS, ids=ids(BAD_CLIENTS))
async def test_refuses_rules_about_addresses_that_nobody_could_follow(evaluator, clients, path, word):
    with pytest.raises(ConfigProblem) as caught:
        await check({"clients": clients}, evaluator=evaluator)

    assert (caught.value.context["path"], caught.value.code) == (path, "bad_identity_config")
    assert word in caught.value.message


@pytest.mark.parametrize(
    "clients",
    [
        {},
        {"http": {}},
        {"http": {"disallow_private_ip_ranges": False}, "smtp": {"disallow_private_ip_ranges": True}},
        {"http": {"disallow_private_ip_ranges": True, "private_ip_exception_urls": ["http://*.internal/{a,b}/**"]}},
        {"web_hook": {"header_allowlist": ["Cookie"]}},
    ],
)
async def test_takes_the_rules_about_addresses_that_kratos_takes(evaluator, clients):
    assert await check({"clients": clients}, evaluator=evaluator) == []


@pytest.mark.parametrize(("early", "path"), NOT_YET, ids=ids(NOT_YET))
async def test_says_honestly_what_this_release_does_not_do(evaluator, early, path):
    with pytest.raises(NotSupportedYet) as caught:
        await check(early, evaluator=evaluator)

    assert (caught.value.context["path"], caught.value.code) == (path, "not_supported_yet")


@pytest.mark.parametrize("flow", FLOWS)
async def test_accepts_a_web_hook_after_every_flow(evaluator, flow):
    await check(flows({flow: {"after": {"hooks": [item()]}}}), evaluator=evaluator)


@pytest.mark.parametrize("flow", FLOWS)
async def test_warns_what_nobody_can_do_while_a_receiver_is_down(evaluator, flow):
    ((code, message),) = await warnings(evaluator, flows({flow: {"after": {"hooks": [item()]}}}))

    assert code == "hook_can_fail_sign_up"
    assert STOPPED[flow] in message


@pytest.mark.parametrize("name", ["require_verified_address", "revoke_active_sessions"])
async def test_accepts_the_protective_hooks_that_are_enforced(evaluator, name):
    await check(flows({"login": {"after": {"hooks": [{"hook": name}]}}}), evaluator=evaluator)


@pytest.mark.parametrize("good", GOOD, ids=range(len(GOOD)))
async def test_accepts_what_ory_accepts(evaluator, good):
    await check(document(shared=[good], password=[{"hook": "session"}]), evaluator=evaluator)


@pytest.mark.parametrize("empty", [{}, {"selfservice": {}}, flows({}), flows({"login": {"ui_url": "x"}, "error": {}})])
async def test_a_document_without_hooks_is_fine(evaluator, empty):
    assert await check(empty, evaluator=evaluator) == []


async def test_a_new_project_is_fine_and_raises_no_doubts(evaluator):
    lists = {method: [{"hook": "session"}] for method in ("password", "oidc", "code", "webauthn", "passkey")}
    fresh = document(shared=[], **lists)
    fresh["selfservice"]["flows"]["recovery"] = {"after": {"hooks": [], "default_browser_return_url": "/x"}}

    assert await check(fresh, evaluator=evaluator) == []


async def test_a_refusal_never_quotes_a_secret(evaluator):
    url = "https://user:hunter2@receiver.test:99999/?key=hunter2"
    bad = [item(auth=api_key(value="hunter2\n")), item(url=url), item(headers={"X-Key": "hunter2\x00"})]

    for one in bad:
        with pytest.raises(ConfigProblem) as caught:
            await check(document(shared=[one]), evaluator=evaluator)
        assert "hunter2" not in caught.value.message + str(caught.value.context)


@pytest.mark.parametrize("flow", ["registration", "settings"])
async def test_a_blocking_hook_that_ory_would_never_run_is_told_to_run_and_for_whom(evaluator, flow):
    asks, patient = item(can_interrupt=True), item(response={"ignore": True})
    lists = {"hooks": [asks], "password": {"hooks": [patient]}, "oidc": {"hooks": [asks]}}
    found = await warnings(evaluator, flows({flow: {"after": lists}}))

    [message] = [message for code, message in found if code == RUNS_UNLIKE_ORY]
    assert message.startswith(f"/selfservice/flows/{flow}/after/hooks/0 runs before the identity is stored, by ")
    assert {"password", "oidc"}.isdisjoint(message.partition(" by ")[2].partition(";")[0].split(", "))
    assert f"headwater explain actions --flow {flow}" in message


async def test_where_ory_runs_it_too_nothing_is_said_of_it(evaluator):
    asks = item(can_interrupt=True)

    assert [] == await warnings(evaluator, flows({"login": {"after": {"hooks": [asks]}}}))
    assert [] == await warnings(evaluator, document(password=[asks]))


async def warnings(evaluator, config):
    return [(warning.code, warning.message) for warning in await check(config, evaluator=evaluator)]


async def test_warns_that_an_inline_receiver_can_fail_a_sign_up(evaluator):
    ((code, message),) = await warnings(evaluator, document(shared=[item()], password=[{"hook": "session"}]))

    assert code == "hook_can_fail_sign_up"
    assert message.startswith(HOOK)


@pytest.mark.parametrize("response", [{"ignore": True}, {"on_error": "queue"}])
async def test_does_not_warn_of_a_hook_that_can_not_fail_a_sign_up(evaluator, response):
    assert await warnings(evaluator, document(shared=[item(response=response)])) == []


async def test_warns_that_what_is_fetched_later_was_not_checked(evaluator):
    hook = item(body="https://templates.test/private/a.jsonnet?key=hunter2", response={"ignore": True})

    ((code, message),) = await warnings(evaluator, document(shared=[hook]))

    assert code == "body_not_checked"
    assert message.startswith(f"{CONFIG}/body ")
    assert "templates.test" in message
    assert "hunter2" not in message


@pytest.mark.parametrize("method", ["post", "Get"])
async def test_warns_of_a_method_that_most_receivers_do_not_know(evaluator, method):
    ((code, message),) = await warnings(evaluator, document(shared=[item(method=method, response={"ignore": True})]))

    assert code == "method_in_small_letters"
    assert method.upper() in message


async def test_warns_of_a_hook_that_is_hidden_for_a_method_and_says_for_which(evaluator):
    quiet = {"response": {"ignore": True}}
    config = document(shared=[item(**quiet)], password=[item(id="own", **quiet)])

    ((code, message),) = await warnings(evaluator, config)

    assert code == "hook_never_runs"
    assert message.startswith(f"{HOOK} never runs for password: ")


@pytest.mark.parametrize(
    ("config", "path"),
    [
        (document(password=[{"hook": "two_step_registration"}]), f"{PASSWORD}/0"),
        (document(shared=[{"hook": "notify_previous_addresses"}]), HOOK),
        (document(totp=[{"hook": "session"}]), "/selfservice/flows/registration/after/totp/hooks/0"),
        (flows({"login": {"after": {"hooks": [{"hook": "session"}]}}}), "/selfservice/flows/login/after/hooks/0"),
        (flows({"login": {"before": {"hooks": [{"hook": "session"}]}}}), "/selfservice/flows/login/before/hooks/0"),
        (flows({"recovery": {"after": {"hooks": [{"hook": "session"}]}}}), "/selfservice/flows/recovery/after/hooks/0"),
    ],
    ids=range(6),
)
async def test_warns_of_a_hook_that_never_runs_at_all(evaluator, config, path):
    ((code, message),) = await warnings(evaluator, config)

    assert code == "hook_never_runs"
    assert message.startswith(f"{path} never runs: ")


async def test_warns_of_a_queued_hook_that_reads_cookies(evaluator):
    body = base64_body("function(ctx) {ga: ctx.request_cookies._ga}")

    ((code, message),) = await warnings(evaluator, document(shared=[item(body=body, response={"ignore": True})]))

    assert code == "cookies_withheld"
    assert message.startswith(f"{CONFIG}/body ")


async def test_warns_of_a_way_to_a_verification_that_nobody_begins(evaluator):
    show, verify = {"hook": "show_verification_ui"}, {"hook": "verification"}

    async def of(*hooks):
        return await check(flows({"login": {"after": {"hooks": list(hooks)}}}), evaluator=evaluator)

    (warning,) = await of(show)
    assert (warning.code, warning.message.split()[0]) == (
        "hook_never_runs",
        "/selfservice/flows/login/after/hooks/0",
    )
    assert await of(verify, show) == []


@pytest.mark.parametrize(
    ("config", "path"),
    [
        ({"recipients": "everybody"}, "config/recipients"),
        ({"recipients": ["all"]}, "config/recipients"),
        ({"recipient": "all"}, "config/recipient"),
    ],
)
async def test_refuses_recipients_that_nobody_would_be(evaluator, config, path):
    hook = {"hook": "notify_previous_addresses", "config": config}
    with pytest.raises(ConfigProblem, match=path):
        await check(flows({"settings": {"after": {"profile": {"hooks": [hook]}}}}), evaluator=evaluator)


@pytest.mark.parametrize("config", [{}, {"recipients": "removed"}, {"recipients": "all_verified"}])
async def test_takes_every_choice_of_recipients(evaluator, config):
    hook = {"hook": "notify_previous_addresses", "config": config}
    assert await check(flows({"settings": {"after": {"profile": {"hooks": [hook]}}}}), evaluator=evaluator) == []


@pytest.mark.parametrize(("enabled", "codes"), [(False, ["hook_without_verification"]), (True, [])])
async def test_warns_where_nobody_could_prove_a_new_address(evaluator, enabled, codes):
    settings = {"after": {"profile": {"hooks": [{"hook": "verify_new_address"}]}}}
    config = flows({"settings": settings, "verification": {"enabled": enabled}})
    assert [warning.code for warning in await check(config, evaluator=evaluator)] == codes
