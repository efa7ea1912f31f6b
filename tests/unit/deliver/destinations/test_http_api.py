import pytest

from headwater.deliver.destination import BadDestinationSettingsError, Item, check_settings
from headwater.deliver.destinations.http_api import KIND

(SEND,) = KIND.actions
BASE = "https://api.example.com/v2"


def settings(url=BASE, **more):
    return check_settings(KIND, {"url": url, **more})


def made(payload, *, url=BASE, number=0, **more):
    assert SEND.refusal(payload, settings(url, **more)) is None
    return SEND.request([Item(payload=payload, message_id="m1", number=number)], settings(url, **more))


def headers(payload, **more):
    return {name.lower(): value for name, value in made(payload, **more).headers}


@pytest.mark.parametrize(
    ("base", "payload", "url"),
    [
        (BASE, {}, f"{BASE}"),
        (BASE, {"path": ""}, f"{BASE}"),
        (BASE, {"path": None, "query": None}, f"{BASE}"),
        (BASE, {"path": "/users/7"}, f"{BASE}/users/7"),
        (f"{BASE}/", {"path": "users"}, f"{BASE}/users"),
        (BASE, {"path": "/users/"}, f"{BASE}/users/"),
        ("https://api.example.com", {"path": "@evil.example/"}, "https://api.example.com/@evil.example/"),
        (BASE, {"path": "/a b/ü#x"}, f"{BASE}/a%20b/%C3%BC%23x"),
        (BASE, {"path": "/a%20b"}, f"{BASE}/a%20b"),
        (BASE, {"path": "/u?x=1", "query": {"y": "a b&c"}}, f"{BASE}/u?x=1&y=a+b%26c"),
        (f"{BASE}?key=k1", {"path": "/u", "query": {"n": 2, "ok": True, "gone": None}}, f"{BASE}/u?key=k1&n=2&ok=true"),
        (BASE, {"query": {"tag": ["a", "b"]}}, f"{BASE}?tag=a&tag=b"),
    ],
)
def test_path_and_query_are_added_to_the_base_url(base, payload, url):
    assert url == made(payload, url=base).url


@pytest.mark.parametrize(
    ("payload", "word"),
    [
        ({"path": "https://evil.example/x"}, "relative"),
        ({"path": "//evil.example/x"}, "relative"),
        ({"path": "/../admin"}, "leads out"),
        ({"path": "/a/%2e%2E/b"}, "leads out"),
        ({"path": "/a/..%2fb"}, "leads out"),
        ({"path": "\\..\\b"}, "leads out"),
        ({"path": "/a\r\nHost: evil"}, "leads out"),
        ({"path": "/a%0d%0ab"}, "leads out"),
        ({"path": 7}, "no text"),
        ({"method": "CONNECT"}, "method"),
        ({"method": 7}, "method"),
        ({"query": "a=1"}, "query"),
        ({"query": {"a": {"b": 1}}}, "query"),
        ({"query": {"a": [[1]]}}, "query"),
        ({"headers": "X: 1"}, "headers"),
        ({"headers": {"X Y": "1"}}, "no name"),
        ({"headers": {"": "1"}}, "no name"),
        ({"headers": {"X-A": "1\r\nX-B: 2"}}, "one line"),
        ({"headers": {"X-A": {}}}, "one line"),
        ({"headers": {"HOST": "evil.example"}}, "not yours"),
        ({"headers": {"Content-Length": "3"}}, "not yours"),
        ({"headers": {"transfer-encoding": "chunked"}}, "not yours"),
        ({"bdy": {}}, "'bdy' is no part"),
        ({"type": "track", "event": "Paid"}, "no part"),
    ],
)
def test_what_is_no_request_or_leaves_the_base_is_refused_with_its_reason(payload, word):
    assert word in SEND.refusal(payload, settings())


@pytest.mark.parametrize(
    ("body", "content", "content_type"),
    [
        ({"a": [1, None]}, b'{"a":[1,null]}', "application/json"),
        ([1], b"[1]", "application/json"),
        (0, b"0", "application/json"),
        (False, b"false", "application/json"),
        ("a=1&b=2", b"a=1&b=2", "text/plain; charset=utf-8"),
        ("ü", "ü".encode(), "text/plain; charset=utf-8"),
        (None, b"", None),
    ],
)
def test_a_body_is_json_unless_it_is_a_text(body, content, content_type):
    payload = {"body": body}

    assert content == made(payload).body
    assert content_type == headers(payload).get("content-type")


def test_a_text_has_the_content_type_that_its_mapping_gives_it_once():
    form = {"body": "a=1", "headers": {"content-type": "application/x-www-form-urlencoded"}}
    names = [name.lower() for name, _ in made(form).headers]

    assert "application/x-www-form-urlencoded" == headers(form)["content-type"]
    assert 1 == names.count("content-type")


@pytest.mark.parametrize(
    ("auth", "header", "value"),
    [
        ({"auth": "none"}, "authorization", None),
        ({"auth": "basic", "username": "ada", "password": "pw"}, "authorization", "Basic YWRhOnB3"),
        ({"auth": "basic", "username": "ada"}, "authorization", "Basic YWRhOg=="),
        ({"auth": "bearer", "token": "t1"}, "authorization", "Bearer t1"),
        ({"auth": "header", "token": "t1"}, "x-api-key", "t1"),
        ({"auth": "header", "token": "t1", "token_header": "Api-Token"}, "api-token", "t1"),
    ],
)
def test_requests_are_authenticated_as_chosen(auth, header, value):
    assert value == headers({}, **auth).get(header)


def test_a_mapping_wins_over_the_settings_headers_and_never_over_the_authentication():
    payload = {"headers": {"x-team": "sales", "authorization": "Bearer mallory", "X-Count": 3, "X-Gone": None}}
    found = headers(payload, auth="bearer", token="t1", headers={"X-Team": "growth", "X-Own": "1"})

    assert {
        "idempotency-key": "m1",
        "x-team": "sales",
        "x-own": "1",
        "authorization": "Bearer t1",
        "x-count": "3",
    } == found


def test_every_header_of_an_operator_is_kept_secret():
    request = made({"headers": {"X-A": "1"}}, auth="header", token="t1", headers={"X-Own": "1"})

    assert {"x-a", "x-own", "x-api-key"} == request.secret_headers


@pytest.mark.parametrize("method", ["get", "HEAD", "POST", "put", "PATCH", "DELETE"])
def test_methods_are_written_in_capitals(method):
    assert method.upper() == made({"method": method}).method


def test_each_of_several_requests_of_an_event_has_a_key_of_its_own():
    assert ["m1", "m1:2"] == [headers({}, number=number)["idempotency-key"] for number in (0, 2)]


@pytest.mark.parametrize(
    ("wrong", "field", "word"),
    [
        ({"auth": "basic"}, "username", "auth=basic"),
        ({"auth": "bearer"}, "token", "auth=bearer"),
        ({"auth": "header"}, "token", "auth=header"),
        ({"token": "t1"}, "auth", "bearer"),
        ({"password": "pw"}, "auth", "basic"),
        ({"headers": {"Host": "evil.example"}}, "headers", "not yours"),
        ({"auth": "header", "token": "t", "token_header": "X Key"}, "headers", "no name"),
    ],
)
def test_settings_that_contradict_each_other_are_refused_where_they_are_written(wrong, field, word):
    with pytest.raises(BadDestinationSettingsError, match=word) as caught:
        settings(**wrong)

    assert field == caught.value.context["field"]
