"""Mallory at the front door: each attack that identity has to stand, over real HTTP through the real front."""

import base64
import json
import socket
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing

import httpx
import pytest

from acceptance.conftest import Headwater
from acceptance.shelf import stored
from acceptance.visitors import (
    ALL_ON,
    CODE,
    JSON,
    LINK,
    PAGE,
    PASSWORD,
    Visitor,
    alike,
    configure,
    csrf_token,
    message_ids,
    new_address,
    new_email,
    newest_mail,
    node,
    wrong,
)
from headwater.core.event import IDENTITY_SOURCE
from headwater.identity.flows import csrf

FORMS = {
    "registration": {"method": "password", "password": PASSWORD, "traits": {"email": "planted@example.org"}},
    "login": {"method": "password", "identifier": "ada@example.org", "password": PASSWORD},
    "recovery": {"method": "code", "email": "ada@example.org"},
    "verification": {"method": "code", "email": "ada@example.org"},
    "settings": {"method": "password", "password": "mallory's own battery"},
}
BY_CODE = ("login", "recovery", "verification")
AT_ONCE = 12
GUESSES = 5
FAILURES = 10


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    """One that sits behind a proxy it trusts: visitors have addresses of their own."""
    with closing(Headwater(tmp_path_factory.mktemp("attacked") / "data", "--trusted-proxy", "127.0.0.1")) as server:
        server.start()
        configure(server, ALL_ON)
        yield server


@pytest.fixture(scope="module")
def elsewhere(tmp_path_factory):
    """Another installation, which trusts no proxy."""
    with closing(Headwater(tmp_path_factory.mktemp("elsewhere") / "data")) as server:
        server.start()
        configure(server, ALL_ON)
        yield server


@pytest.fixture
def ada(server):
    """A browser that Ada is signed in with; `ada.email` is hers."""
    with Visitor(server, how="browser") as visitor:
        visitor.email = new_email()
        assert visitor.register(visitor.email).status_code == 200
        yield visitor


def begun_by(visitor, kind):
    """Return a flow of the visitor's own: in a browser without a session, except for settings."""
    if kind != "settings":
        visitor.cookies.delete("ory_kratos_session")
    return visitor.begin(kind)


@pytest.mark.parametrize("kind", FORMS)
def test_csrf_a_form_from_another_site_changes_nothing(server, ada, kind):
    flow = begun_by(ada, kind)
    body = {**FORMS[kind], "traits": {"email": new_email()}} if kind == "registration" else FORMS[kind]
    foreign = {**JSON, "Origin": "https://mallory.example"}
    unsigned = ada.post(flow["ui"]["action"], json=body, headers=foreign)
    forged = ada.post(flow["ui"]["action"], json={**body, "csrf_token": "0" * 16 + "." + "0" * 64}, headers=foreign)
    with Visitor(server, how="browser") as mallory:
        mallory.cookies.set("ory_kratos_session", ada.cookies.get("ory_kratos_session") or "")
        stolen = mallory.post(flow["ui"]["action"], json={**body, "csrf_token": csrf_token(flow)})

    for answer in (unsigned, forged, stolen):
        assert (403, "security_csrf_violation") == (answer.status_code, answer.json()["error"]["id"])


def test_csrf_another_site_signs_nobody_out(ada):
    for token in ({}, {"token": "ory_lo_" + "0" * 64}, {"token": ada.cookies["ory_kratos_session"]}):
        assert ada.get("/self-service/logout", params=token).status_code in (400, 403)

    assert 200 == ada.get("/sessions/whoami").status_code


@pytest.mark.parametrize("name", ["ory_kratos_session", "X-Session-Token"])
def test_session_fixation_a_planted_token_is_nobodys_before_and_after(server, ada, name):
    planted = "ory_st_" + "m" * 43
    with Visitor(server, how="browser") as victim:
        if name == "ory_kratos_session":
            victim.cookies.set(name, planted)
        else:
            victim.headers[name] = planted
        flow = victim.begin("login")
        entered = victim.submit(flow, method="password", identifier=ada.email, password=PASSWORD)
        given = entered.cookies["ory_kratos_session"]

    with Visitor(server) as mallory:
        assert planted != given
        assert 401 == mallory.get("/sessions/whoami", headers={"X-Session-Token": planted}).status_code
        assert 200 == mallory.get("/sessions/whoami", headers={"X-Session-Token": given}).status_code


OPEN_REDIRECTS = (
    "https://mallory.example/",
    "//mallory.example",
    "/\\mallory.example",
    "https:mallory.example",
    "javascript:alert(1)",
    "data:text/html,x",
    "{url}@mallory.example/",
    "{url}.mallory.example/",
    "{url}\\@mallory.example/",
    "{url}\t@mallory.example/",
    "{url}\r\nX-Mallory: 1",
    "{url}/\r\nX-Mallory: 1",
    "{url}/\x00",
    " {url}",
    "{url}/\u2028",
)


@pytest.mark.parametrize("place", OPEN_REDIRECTS, ids=range(len(OPEN_REDIRECTS)))
def test_open_redirect_by_return_to_is_refused_whole(server, ada, place):
    wanted = {"return_to": place.format(url=server.url)}
    begun = [
        ada.get("/self-service/logout/browser", params=wanted),
        ada.get("/self-service/settings/browser", params=wanted),
    ]
    with Visitor(server, how="browser") as visitor:
        kinds = ("registration", "login", "recovery", "verification")
        begun += [visitor.get(f"/self-service/{kind}/browser", params=wanted) for kind in kinds]
        begun += [visitor.get(f"/self-service/{kind}/api", params=wanted) for kind in kinds]

    for answer in begun:
        assert (400, "self_service_flow_return_to_forbidden") == (answer.status_code, answer.json()["error"]["id"])


def test_a_return_address_in_letters_of_the_world_is_reached(server):
    with Visitor(server, how="browser") as grace:
        flow = grace.begin("registration", return_to=server.url + "/über/☃?ä=ö")
        form = {"method": "password", "password": PASSWORD, "traits.email": new_email("grace")}
        done = grace.post(flow["ui"]["action"], data={**form, "csrf_token": csrf_token(flow)}, headers=PAGE)

        assert (303, "/%C3%BCber/%E2%98%83?%C3%A4=%C3%B6") == (
            done.status_code,
            done.headers["location"][len(server.url) :],
        )
        assert 200 == grace.get("/sessions/whoami").status_code


@pytest.mark.parametrize("kind", BY_CODE)
@pytest.mark.parametrize("how", ["api", "browser"])
def test_account_enumeration_known_and_unknown_are_answered_alike(server, ada, kind, how):
    name = "identifier" if kind == "login" else "email"
    answers = []
    for email in (ada.email, new_email("nobody")):
        with Visitor(server, how=how) as mallory:
            flow = mallory.begin(kind)
            sent = mallory.submit(flow, method="code", **{name: email})
            guessed = mallory.submit(flow, method="code", code="000000", **{name: email})
            again = mallory.submit(
                flow, method="code", **({"resend": "code"} if kind == "login" else {}), **{name: email}
            )
            answers.append([alike(answer, email) for answer in (sent, guessed, again)])

    assert answers[0] == answers[1]


def test_account_enumeration_by_password_knows_no_difference(server, ada):
    answers = []
    for email in (ada.email, new_email("nobody")):
        with Visitor(server) as mallory:
            answers.append(alike(mallory.sign_in(email, "wrong"), email))

    assert answers[0] == answers[1]
    assert 400 == answers[0][0]


def test_brute_force_ends_after_ten_failures_from_wherever_they_come(server, ada):
    for _ in range(FAILURES):
        with Visitor(server) as mallory:
            assert 400 == mallory.sign_in(ada.email, "wrong").status_code
    with Visitor(server) as mallory, Visitor(server) as grace:
        refused = mallory.sign_in(ada.email.upper())
        email = new_email("grace")
        grace.register(email)

        assert (429, "too_many_failures") == (refused.status_code, refused.json()["error"]["id"])
        assert 200 == grace.sign_in(email).status_code


def test_brute_force_at_many_from_one_address_is_not_dodged_by_forged_forwarding(elsewhere):
    """Without a trusted proxy the header is anybody's."""
    statuses = []
    with Visitor(elsewhere) as mallory:
        for _ in range(101):
            flow = mallory.begin("login")
            body = {"method": "password", "identifier": new_email("victim"), "password": "wrong"}
            statuses.append(mallory.submit(flow, headers={"X-Forwarded-For": new_address()}, **body).status_code)

    assert [400] * 100 + [429] == statuses


@pytest.mark.parametrize("kind", BY_CODE)
def test_code_guessing_ends_after_five_tries_even_at_once(server, ada, kind):
    with Visitor(server) as mallory:
        _, redeem = mallory.ask_for_code(kind, ada.email)
        code = CODE.search(newest_mail(server, ada.email)["body"]).group()
        with ThreadPoolExecutor(AT_ONCE) as threads:
            list(threads.map(redeem, [wrong(code)] * AT_ONCE))
        late = redeem(code)

    assert not is_success(late)


@pytest.mark.parametrize("kind", BY_CODE)
def test_token_replay_one_code_is_good_once_though_many_bring_it(server, ada, kind):
    mails = {mail["id"] for mail in server.api("GET", f"/admin/courier/messages?recipient={ada.email}")}
    with Visitor(server) as visitor:
        _, redeem = visitor.ask_for_code(kind, ada.email)
        code = CODE.search(newest_mail(server, ada.email, besides=mails)["body"]).group()
        with ThreadPoolExecutor(AT_ONCE) as threads:
            answers = list(threads.map(redeem, [code] * AT_ONCE))
        late = redeem(code)
    won = [one for one in answers if is_success(one)]

    assert 1 == len(won)
    assert not is_success(late)


def is_success(answer):
    """A native session, a verified address, or (recovery) the way on to the settings."""
    is_through = "session_token" in answer.text or '"state":"passed_challenge"' in answer.text
    return (answer.status_code == 200 and is_through) or answer.status_code == 422


def test_token_replay_after_sign_out_opens_nothing(server, ada):
    session = ada.cookies["ory_kratos_session"]
    out = ada.get("/self-service/logout/browser").json()["logout_url"]
    assert 204 == ada.get(out).status_code
    with Visitor(server, how="browser") as mallory:
        mallory.cookies.set("ory_kratos_session", session)

        assert 401 == mallory.get("/sessions/whoami").status_code
        assert 401 == mallory.get("/self-service/settings/browser").status_code
        assert 401 == mallory.get(out).status_code


HOSTS = {"Host": "localhost", "X-Forwarded-Host": "mallory.example", "Forwarded": "host=mallory.example"}


@pytest.mark.parametrize("method", ["code", "link"])
def test_host_injection_gets_into_no_link_no_mail_and_no_cookie(server, method):
    configure(server, {"/selfservice/flows/recovery/use": method, "/selfservice/flows/verification/use": method})
    forged = {**HOSTS, "X-Forwarded-Proto": "https", "X-Forwarded-Port": "6666", "X-Original-URL": "//mallory.example"}
    email = new_email()
    try:
        with Visitor(server, **forged) as mallory:
            mallory.register(email)
            flow = mallory.begin("recovery")
            sent = mallory.submit(flow, method=method, email=email)
            welcome, recovery = server.api("GET", f"/admin/courier/messages?recipient={email}")
            begun = mallory.get("/self-service/login/browser", headers=PAGE)
    finally:
        configure(server, {"/selfservice/flows/recovery/use": "code", "/selfservice/flows/verification/use": "code"})

    for text in (sent.text, welcome["body"], recovery["body"], *begun.headers.values()):
        assert "mallory.example" not in text
        assert "localhost" not in text
        assert "6666" not in text
    assert flow["ui"]["action"].startswith(server.url)
    assert all(link.startswith(server.url) for mail in (welcome, recovery) for link in LINK.findall(mail["body"]))


SPLITTERS = ("\r\nX-Mallory: 1", "\nX-Mallory: 1", "\r\n\r\n<p>", "\u2028X-Mallory: 1", "%0d%0aX-Mallory: 1")


@pytest.mark.parametrize("text", SPLITTERS, ids=range(len(SPLITTERS)))
def test_header_injection_by_whatever_we_send_back(server, text):
    with Visitor(server, how="browser") as mallory:
        asked = [
            mallory.get(path, params={name: text}, headers=accept)
            for path in ("/self-service/login/browser", "/self-service/logout", "/ui/login", "/ui/error")
            for name in ("return_to", "id", "flow", "identity_schema", "aal", "token")
            for accept in (JSON, PAGE)
        ]
        address = mallory.register(f"ada{text}@example.org")
        mail = mallory.go_through("recovery", method="code", email=f"ada{text}@example.org")

    for answer in (*asked, address, mail):
        assert answer.status_code < 500
        assert not [name for name in answer.headers if "mallory" in name]
    assert 400 == address.status_code


def test_header_injection_by_a_cookie_that_we_echo(server):
    name = csrf.cookie_name(server.url)
    for value in ('"a\\015\\012X-Mallory: 1"', "a%0d%0aX-Mallory:1", "é".encode().decode("latin-1"), '"', "a" * 7000):
        answer = raw(server, "GET", "/self-service/login/browser", f"Cookie: {name}={value}")
        head = answer.partition("\r\n\r\n")[0].lower()

        assert head.startswith("http/1.1 200"), head
        assert "\nx-mallory" not in head


BAD_TRAITS = {
    "deep": json.dumps({"email": "a@example.org"})[:-1] + ',"x":' + "[" * 5000 + "]" * 5000 + "}",
    "deep objects": '{"a":' * 100_000,
    "oversized": json.dumps({"email": "a" * 200_000 + "@example.org"}),
    "no UTF-8": '{"email":"\udcff@example.org"}',
    "half a character": '{"email":"\\ud800@example.org"}',
    "endless number": '{"email":1e999}',
    "long number": '{"email":' + "9" * 5000 + "}",
    "many members": "{" + ",".join(f'"k{n}":1' for n in range(9000)) + "}",
}


@pytest.mark.parametrize("kind", ["registration", "settings", "admin"])
@pytest.mark.parametrize("case", BAD_TRAITS)
def test_oversized_nested_and_unreadable_traits_are_a_plain_refusal(server, ada, kind, case):
    traits = '"traits":' + BAD_TRAITS[case]
    with Visitor(server) as mallory:
        mallory.headers["Content-Type"] = "application/json"
        if kind == "admin":
            token = json.loads((server.data / "server.json").read_text())["token"]
            mallory.headers.pop("X-Forwarded-For")
            content = "{" + traits + "}"
            url = "/admin/identities"
            mallory.headers["Authorization"] = f"Bearer {token}"
        else:
            if kind == "settings":
                mallory.headers["X-Session-Token"] = ada.cookies["ory_kratos_session"]
            method = "profile" if kind == "settings" else "password"
            content = f'{{"method":"{method}","password":"{PASSWORD}",{traits}}}'
            url = mallory.begin(kind)["ui"]["action"]
        answer = mallory.post(url, content=content.encode(errors="surrogateescape"))

    assert answer.status_code in (400, 413), answer.text
    assert answer.elapsed.total_seconds() < 2


SQL = ("' OR 1=1 --", "'; DROP TABLE identities; --", '" OR ""="', "%", "_", "a' UNION SELECT 1,2,3 --", "\\")


@pytest.mark.parametrize("text", SQL, ids=range(len(SQL)))
def test_sql_injection_finds_nobody_and_breaks_nothing(server, ada, text):
    with Visitor(server) as mallory:
        signed_in = mallory.sign_in(text, text or "x")
        recovered = mallory.go_through("recovery", method="code", email=text)
        shown = mallory.get("/self-service/login/flows", params={"id": text})
        whoami = mallory.get("/sessions/whoami", headers={"X-Session-Token": text})
    found = server.api("GET", "/admin/identities?" + str(httpx.QueryParams(credentials_identifier=text)))
    similar = server.api(
        "GET", "/admin/identities?" + str(httpx.QueryParams(preview_credentials_identifier_similar=text))
    )

    assert [400, 404, 401] == [signed_in.status_code, shown.status_code, whoami.status_code]
    assert recovered.status_code in (200, 400)
    assert [] == found == similar
    assert 200 == ada.get("/sessions/whoami").status_code


TEMPLATES = (
    "{{7*1234567}}",
    "${7*1234567}",
    "%s%n%(x)s",
    "{% raw %}",
    "{{ .VerificationCode }}",
    "#{7*1234567}",
    "<script>alert(1)</script>",
    '"><img src=x onerror=alert(1)>',
    "\\{{",
)
NAMED = {
    "$schema": "http://json-schema.org/draft-07/schema#",
    "type": "object",
    "properties": {
        "traits": {
            "type": "object",
            "properties": {
                "email": {
                    "type": "string",
                    "format": "email",
                    "ory.sh/kratos": {
                        "credentials": {"password": {"identifier": True}},
                        "verification": {"via": "email"},
                    },
                },
                "name": {"type": "string"},
            },
        }
    },
}


def embedded(text):
    return "base64://" + base64.b64encode(text.encode()).decode()


def test_template_injection_a_trait_stays_a_text_in_mails_and_pages(elsewhere):
    words = "Dear {{ .Identity.traits.name }}!"
    body = {"plaintext": embedded(words), "html": embedded(f"<p>{words}</p>")}
    written = {"valid": {"email": {"subject": embedded(words), "body": body}}}
    configure(
        elsewhere,
        {
            "/identity/schemas/-": {"id": "named", "url": embedded(json.dumps(NAMED))},
            "/identity/default_schema_id": "named",
            "/courier": {"templates": {"verification_code": written}},
        },
    )
    for text in TEMPLATES:
        email = new_email()
        with Visitor(elsewhere, how="browser") as mallory:
            traits = {"email": email, "name": text}
            done = mallory.go_through("registration", method="password", password=PASSWORD, traits=traits)
            page = mallory.get("/ui/settings?flow=" + mallory.begin("settings")["id"], headers=PAGE).text
        mail = newest_mail(elsewhere, email)

        assert 200 == done.status_code, done.text
        assert (f"Dear {text}!", f"Dear {text}!") == (mail["subject"], mail["body"].strip())
        assert "8641969" not in page + mail["body"]
        assert "<script>alert" not in page
        assert "<img" not in page


def test_a_cookie_from_another_installation_is_nobodys_here(server, elsewhere, ada):
    with Visitor(elsewhere, how="browser") as mallory:
        mallory.cookies.set("ory_kratos_session", ada.cookies["ory_kratos_session"])
        foreign = csrf.cookie_name(server.url)
        mallory.cookies.set(foreign, ada.cookies[foreign])
        flow = mallory.begin("login")
        logout = ada.get("/self-service/logout/browser").json()["logout_token"]

        assert 401 == mallory.get("/sessions/whoami").status_code
        assert 401 == mallory.get("/self-service/logout", params={"token": logout}).status_code
        assert 404 == mallory.get("/self-service/login/flows", params={"id": ada.begin("settings")["id"]}).status_code
        assert csrf_token(flow) != ada.cookies[foreign]


def test_spoofed_forwarding_headers_change_neither_address_nor_scheme(elsewhere):
    forged = {"X-Forwarded-Proto": "https", "X-Real-IP": "203.0.113.9", "Forwarded": "for=203.0.113.9"}
    with Visitor(elsewhere, how="browser", address="203.0.113.9", **forged) as mallory:
        entered = mallory.go_through(
            "registration", method="password", password=PASSWORD, traits={"email": new_email("mallory")}
        )
        devices = mallory.get("/sessions/whoami").json()["devices"]

    assert ["127.0.0.1"] == [device["ip_address"] for device in devices]
    assert "secure" not in entered.headers["set-cookie"].lower()
    assert entered.json()["continue_with"][-1]["redirect_browser_to"].startswith(elsewhere.url)


REBOUND = ("/sessions/whoami", "/self-service/login/browser", "/ui/login", "/admin/identities", "/schemas", "/sessions")


@pytest.mark.parametrize("path", REBOUND)
def test_dns_rebinding_reaches_nothing_even_with_adas_cookie(ada, path):
    host = ada.base_url.netloc.decode().replace("127.0.0.1", "mallory.example")
    answer = ada.get(path, headers={"Host": host})

    assert 421 == answer.status_code
    assert ada.email not in answer.text


# -- what else Mallory tries --


@pytest.mark.parametrize(
    "extra", [{}, {"Origin": "https://mallory.example"}, {"Cookie": "a=b"}], ids=["app", "origin", "cookie"]
)
def test_another_persons_settings_flow_is_neither_seen_nor_filled_in(server, ada, extra):
    with Visitor(server) as hers, Visitor(server) as mallory:
        hers.headers["X-Session-Token"] = ada.cookies["ory_kratos_session"]
        flow = hers.begin("settings")
        mallory.headers["X-Session-Token"] = mallory.register(new_email("mallory")).json()["session_token"]
        unreadable = mallory.submit(flow, headers=extra, method="none")
        planted = mallory.submit(flow, headers=extra, method="profile", traits={"email": "mallory@example.org"})
        seen = mallory.get("/self-service/settings/flows", params={"id": flow["id"]})
        kept = hers.get("/self-service/settings/flows", params={"id": flow["id"]}).json()

    assert [403] * 3 == [unreadable.status_code, planted.status_code, seen.status_code]
    assert ada.email not in unreadable.text + planted.text + seen.text
    assert ada.email == node(kept, "traits.email")


def test_a_flow_of_one_kind_is_unknown_to_the_others(server):
    with Visitor(server) as mallory:
        for kind in (*BY_CODE, "registration"):
            flow = mallory.begin(kind)
            others = [other for other in (*BY_CODE, "registration") if other != kind]
            posted = [
                mallory.post(f"/self-service/{other}", params={"flow": flow["id"]}, json=FORMS[other])
                for other in others
            ]
            shown = [mallory.get(f"/self-service/{other}/flows", params={"id": flow["id"]}) for other in others]

            assert {404} == {answer.status_code for answer in (*posted, *shown)}


def test_of_many_who_register_one_identifier_at_once_one_is_made_with_one_event(server):
    email = new_email("race")
    with Visitor(server) as visitor, ThreadPoolExecutor(AT_ONCE) as threads:
        answers = list(threads.map(visitor.register, [email] * AT_ONCE))
    made = [answer.json()["identity"]["id"] for answer in answers if answer.status_code == 200]
    people = server.api("GET", f"/admin/identities?credentials_identifier={email}")
    refused = [message_ids(answer) for answer in answers if answer.status_code != 200]

    assert [[4000007]] * (AT_ONCE - 1) == refused
    assert made == [person["id"] for person in people]
    assert ["Signed Up"] == events_of(server, made[0], wanted=1)


def events_of(server, person, *, wanted):
    """Return the names of a person's events once there are `wanted` or more, sign-ins of tests left out."""
    names = []
    while len(names) < wanted:
        bodies = [json.loads(one.record.body) for one in stored(server.data, source=IDENTITY_SOURCE)]
        names = [body["event"] for body in bodies if body.get("userId") == person]
    return names


@pytest.mark.parametrize("end", ["inactive", "deleted"])
def test_sessions_of_somebody_locked_out_or_gone_end_at_once(server, ada, end):
    person = ada.get("/sessions/whoami").json()["identity"]["id"]
    flow = ada.begin("settings")
    if end == "inactive":
        server.api("PATCH", f"/admin/identities/{person}", [{"op": "replace", "path": "/state", "value": "inactive"}])
    else:
        httpx.delete(
            f"{server.url}/admin/identities/{person}",
            headers={"Authorization": f"Bearer {json.loads((server.data / 'server.json').read_text())['token']}"},
        )
    changed = ada.submit(flow, method="password", password="another horse battery")

    assert [401, 401, 401] == [
        ada.get("/sessions/whoami").status_code,
        ada.get("/sessions").status_code,
        changed.status_code,
    ]
    with Visitor(server) as again:
        assert 400 == again.sign_in(ada.email).status_code


def test_a_method_switched_off_between_two_steps_lets_nobody_in(elsewhere):
    email = new_email()
    configure(elsewhere, {"/identity/default_schema_id": "preset://email"})
    with Visitor(elsewhere) as visitor:
        visitor.register(email)
        by_password, by_code = visitor.begin("login"), visitor.begin("recovery")
        visitor.submit(by_code, method="code", email=email)
        code = CODE.search(newest_mail(elsewhere, email)["body"]).group()
        off = {"/selfservice/methods/password/enabled": False, "/selfservice/flows/recovery/enabled": False}
        configure(elsewhere, off)
        try:
            answers = [
                visitor.submit(by_password, method="password", identifier=email, password=PASSWORD),
                visitor.submit(by_code, method="code", code=code),
            ]
        finally:
            configure(elsewhere, dict.fromkeys(off, True))

    assert [404, 400] == [answer.status_code for answer in answers]
    assert not [answer for answer in answers if is_success(answer)]


@pytest.mark.parametrize("path", ["/sessions/whoami", "/self-service/settings/browser", "/ui/settings", "/ui/welcome"])
def test_what_only_ada_may_see_is_kept_in_no_cache(ada, path):
    answer = ada.get(path, follow_redirects=True)

    assert "no-store" in answer.headers["cache-control"]


def raw(server, method, path, *lines):
    """Send what no client library would; return the answer."""
    host = server.url.removeprefix("http://")
    head = [f"{method} {path} HTTP/1.1", f"Host: {host}", "Accept: application/json", "Connection: close", *lines]
    with socket.create_connection(tuple(host.split(":")), timeout=10) as line:
        line.sendall("\r\n".join([*head, "", ""]).encode("latin-1"))
        return b"".join(iter(lambda: line.recv(65_536), b"")).decode("latin-1")
