"""Who gets into the console, for how long, and whose forms it takes."""

import re

import pytest
from console_floor import console_on, query_of

from headwater.console.pages.sources import KINDS
from headwater.console.routes import PAGES
from headwater.workspace import keys

GETS = [route for route in PAGES if route.method == "GET"]
POSTS = [route for route in PAGES if route.method == "POST"]


@pytest.fixture
async def floor(tmp_path):
    async with console_on(tmp_path) as floor:
        yield floor


def path_of(route):
    return "/console" + re.sub(r"\{\w+:int\}", "1", route.path).replace("{", "").replace("}", "")


async def test_a_key_lets_in_and_the_page_goes_on_where_it_was_wanted(floor):
    _, token = await floor.key()
    visitor = floor.visitor()
    asked = await visitor.client.get("/console/sources?x=1")
    await visitor.see("/console/sources")
    await visitor.send(str(asked.headers["location"]), key=f"  {token} ")

    assert 303 == asked.status_code
    assert ["/console/sources?x=1"] == query_of(asked.headers["location"])["next"]
    assert "/console/sources" == visitor.at
    assert "admin" in visitor.words


async def test_the_cookie_is_for_the_console_alone_and_no_script(floor):
    _, token = await floor.key()
    answer = await floor.visitor().client.post("/console/sign-in", data={"key": token})
    cookie = answer.headers["set-cookie"].lower()

    for part in ("httponly", "path=/console", "samesite=lax", "max-age=43200"):
        assert part in cookie
    assert token not in answer.headers["set-cookie"]
    assert "secure" not in cookie  # this server is on plain http


@pytest.mark.parametrize("wrong", ["", "ory_wak_wrong", "token"])
async def test_no_other_word_lets_in_not_even_the_servers_own_token(floor, wrong):
    visitor = floor.visitor()
    words = await visitor.send("/console/sign-in", key=wrong)

    assert 401 == visitor.status
    assert "No key here looks like that" in words
    assert "<code>headwater create key --role admin</code> makes one" in visitor.html
    assert not wrong or wrong not in visitor.html


async def test_a_key_of_a_project_is_told_that_the_console_is_the_workspaces(floor):
    _, token = await floor.key(project_id=floor.rooms.installation.project.id)
    visitor = floor.visitor()

    assert "This is a project's key" in await visitor.send("/console/sign-in", key=token)
    assert 403 == visitor.status


@pytest.mark.parametrize(
    "there", ["https://mallory.test/", "//mallory.test", "/console\\@mallory.test", "/ui/login", "/consoles"]
)
async def test_mallory_sends_nobody_elsewhere_after_the_sign_in(floor, there):
    _, token = await floor.key()
    answer = await floor.visitor().client.post("/console/sign-in", params={"next": there}, data={"key": token})

    assert "/console" == answer.headers["location"]


async def test_a_session_ends_with_its_key_after_half_a_day_and_at_sign_out(floor):
    key, token = await floor.key()
    ada = floor.visitor()
    await ada.send("/console/sign-in", key=token)
    copied = dict(ada.client.cookies)
    await ada.send("/console/sign-out")
    signed_out = await floor.visitor(cookie=f"headwater_console={copied['headwater_console']}").client.get("/console")
    await ada.send("/console/sign-in", key=token)
    await floor.rooms.database.write(lambda connection: keys.revoke(connection, key.id, clock=floor.rooms.clock))
    revoked = await ada.client.get("/console")

    assert 303 == signed_out.status_code
    assert 303 == revoked.status_code


async def test_no_page_shows_itself_without_a_sign_in_or_to_a_peer_from_afar(floor):
    ada = await floor.operator()
    session = ada.client.cookies["headwater_console"]
    afar, nobody = floor.visitor(peer="192.0.2.7", cookie=f"headwater_console={session}"), floor.visitor()
    for route in GETS:
        unknown = await nobody.client.get(path_of(route))
        known = await afar.client.get(path_of(route))

        assert (303, 403) == (unknown.status_code, known.status_code), route
        assert "--expose-admin" in known.text, route


async def test_from_afar_nobody_may_even_try_a_key(floor):
    _, token = await floor.key()
    visitor = floor.visitor(peer="192.0.2.7")
    await visitor.send("/console/sign-in", key=token)

    assert 403 == visitor.status
    assert not visitor.client.cookies


async def test_no_form_does_anything_without_the_operators_own_page(floor):
    ada, nobody = await floor.operator(), floor.visitor()
    for route in POSTS:
        path = path_of(route)
        await ada.send(path, csrf="0" * 64)
        forged = ada.status
        foreign = await ada.client.post(path, headers={"sec-fetch-site": "cross-site"})
        other = await ada.client.post(path, headers={"origin": "http://mallory.test"})
        unknown = await nobody.client.post(path)

        assert [403, 403, 403, 303] == [forged, foreign.status_code, other.status_code, unknown.status_code], route


async def test_the_word_that_forms_carry_is_one_operators_alone(floor):
    ada, grace = await floor.operator(), await floor.operator()
    await ada.see("/console/sources/new")
    await grace.see("/console/sources/new")
    ada.html = grace.html
    await ada.send("/console/sources", name="Stolen", kind=KINDS[0][0])

    assert 403 == ada.status
    assert [] == (await floor.api("GET", "/api/sources"))["sources"]


async def test_a_viewer_sees_and_changes_nothing(floor):
    made = await floor.api("POST", "/api/sources", json={"name": "Website"})
    viewer = await floor.operator("viewer")
    words = await viewer.see("/console/sources/website")
    await viewer.see("/console/sources/new")
    words_after = await viewer.send("/console/sources", name="More", kind="http-api")

    assert made["write_keys"][0]["key"] in words
    assert "Delete" not in words
    assert 403 == viewer.status
    assert "sources.write needs admin" in words_after


async def test_every_page_forbids_other_hosts_frames_and_scripts_of_its_own_text(floor):
    ada = await floor.operator()
    for route in GETS:
        if route.path.endswith("/feed"):
            continue  # a stream, which pages read
        answer = await ada.client.get(path_of(route))

        assert "default-src 'none'" in answer.headers["content-security-policy"], route
        assert "unsafe" not in answer.headers["content-security-policy"], route
        assert "no-store" == answer.headers["cache-control"], route
        for forbidden in ("<script>", "<style", " style=", " onclick", " onload"):
            assert forbidden not in answer.text, route


async def test_an_address_that_is_none_is_told_in_words_and_shows_no_insides(floor):
    ada = await floor.operator()
    nowhere = await ada.client.get("/console/nowhere")
    wrong = await ada.client.post("/console/debugger")
    gone = await ada.client.get("/console/assets/console-0.js")

    assert (404, 405, 404) == (nowhere.status_code, wrong.status_code, gone.status_code)
    for answer in (nowhere, gone):
        assert "text/html" in answer.headers["content-type"]
        assert "There is no such" in answer.text


async def test_files_are_kept_for_good_under_names_that_change_with_them(floor):
    ada = await floor.operator()
    await ada.see("/console")
    paths = {part for part in ada.html.split('"') if part.startswith("/console/assets/")}
    answers = [await floor.visitor().client.get(path) for path in sorted(paths)]

    assert len(paths) >= 3
    assert {200} == {one.status_code for one in answers}
    assert {"public, max-age=31536000, immutable"} == {one.headers["cache-control"] for one in answers}


async def test_the_first_page_takes_little_of_the_wire(floor):
    ada = await floor.operator()
    await ada.see("/console")
    paths = {part for part in ada.html.split('"') if part.startswith("/console/assets/")}
    answers = [await ada.client.get(path) for path in paths]

    assert sum(len(one.content) for one in answers) + len(ada.html) < 150_000
