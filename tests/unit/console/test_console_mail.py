"""The pages of mail: listed, searched and paged, one shown as text; for operators only."""

import base64

import pytest
from console_floor import console_on

from headwater.console import letter_html

MARKUP = "<script>alert('1')</script>"


@pytest.fixture
async def floor(tmp_path):
    async with console_on(tmp_path) as floor:
        yield floor


async def mailed(floor, *emails):
    """Have codes mailed to people who ask for one."""
    for email in emails:
        await floor.api("POST", "/admin/identities", json={"schema_id": "preset://email", "traits": {"email": email}})
        client = floor.visitor().client
        flow = (await client.get("/self-service/recovery/api")).json()
        answer = await client.post(f"/self-service/recovery?flow={flow['id']}", json={"method": "code", "email": email})
        assert answer.is_success, answer.text


async def test_messages_are_listed_searched_and_one_is_shown(floor):
    await mailed(floor, "ada@example.org", "bob@example.org")
    message = (await floor.api("GET", "/admin/courier/messages?recipient=ada@example.org"))[0]
    operator = await floor.operator("operator")
    every = await operator.see("/console/mail")
    hers = await operator.see("/console/mail?recipient=ada@example.org")
    none = await operator.see("/console/mail?status=abandoned")
    one = await operator.see(f"/console/mail/{message['id']}")

    assert "ada@example.org" in every
    assert "bob@example.org" in every
    assert "bob@example.org" not in hers
    assert "No message fits" in none
    assert " ".join(message["body"].split()) in one


async def test_a_list_goes_on_page_by_page(floor):
    await mailed(floor, "ada@example.org", *(f"p{number}@x.org" for number in range(50)))
    operator = await floor.operator()
    first = await operator.see("/console/mail")
    more = operator.html.partition('class="pages"')[2].partition('href="')[2].partition('"')[0].replace("&amp;", "&")
    second = await operator.see(more)

    assert ("p49@x.org" in first, "ada@example.org" in first) == (True, False)
    assert ("p49@x.org" in second, "ada@example.org" in second) == (False, True)


async def test_mail_holds_codes_and_is_not_for_viewers(floor):
    await mailed(floor, "ada@example.org")
    eve = await floor.operator("viewer")
    words = await eve.see("/console/mail")

    assert 403 == eve.status
    assert "ada@example.org" not in words
    assert 'href="/console/mail"' not in eve.html


async def test_markup_in_what_is_searched_for_is_text(floor):
    operator = await floor.operator()
    await operator.see(f"/console/mail?recipient={MARKUP}")

    assert "<script>alert" not in operator.html
    assert "&lt;script&gt;alert" in operator.html


async def words_of(floor, subject, html):
    """Have a message written with such HTML, as a template of the operator's may."""
    body = "base64://" + base64.b64encode(html.encode()).decode()
    template = {"valid": {"email": {"body": {"html": body}, "subject": subject}}}
    project = floor.rooms.installation.project.id
    operation = {
        "op": "add",
        "path": "/services/identity/config/courier",
        "value": {"templates": {"recovery_code": template}},
    }
    await floor.api("PATCH", f"/projects/{project}", json=[operation])
    await mailed(floor, "ada@example.org")
    return (await floor.api("GET", "/admin/courier/messages?recipient=ada@example.org"))[0]["id"]


async def test_the_html_of_a_message_is_in_a_frame_that_runs_and_loads_nothing(floor):
    evil = f'<p style="color:red">Hello {{{{ .RecoveryCode }}}}</p>{MARKUP}<img src="https://mallory.test/seen.png">'
    message = await words_of(floor, "base64://SGVsbG8=", evil)
    ada = await floor.operator()
    page = await ada.client.get(f"/console/mail/{message}")
    letter = await ada.client.get(f"/console/mail/{message}/html")
    policy = letter.headers["content-security-policy"]

    assert f'sandbox src="/console/mail/{message}/html"' in page.text
    assert "<script>alert" not in page.text
    assert "frame-src 'self'" in page.headers["content-security-policy"]
    assert MARKUP in letter.text  # as it was sent; the policy is what keeps it still
    assert policy.startswith("sandbox; default-src 'none'; ")
    assert "allow-" not in policy
    assert "script-src" not in policy
    assert "img-src data:;" in policy
    assert ("SAMEORIGIN", "no-referrer") == (letter.headers["x-frame-options"], letter.headers["referrer-policy"])


async def test_whoever_wrote_a_mail_is_not_told_that_it_is_looked_at(floor):
    reaching = '<LINK rel="preconnect" href="https://mallory.test"><p>Hello</p>'
    message = await words_of(floor, "base64://SGVsbG8=", reaching)
    letter = await (await floor.operator()).client.get(f"/console/mail/{message}/html")

    assert '<x-LINK rel="preconnect" href="https://mallory.test"><p>Hello</p>' == letter.text
    assert "off" == letter.headers["x-dns-prefetch-control"]


@pytest.mark.parametrize(
    "tag", ["<link/rel=preconnect>", "<iframe\nsrcdoc='&lt;link>'>", "<Embed>", "<object\t>", "<frame >"]
)
def test_what_a_policy_does_not_reach_is_no_element(tag):
    assert "<x-" + tag[1:] == letter_html.inert(tag)


@pytest.mark.parametrize("text", ["<linked>", "< link>", "</link>", "a < link", "<a href='/link'>", "&lt;link>"])
def test_what_is_no_such_element_stays_as_it_is(text):
    assert text == letter_html.inert(text)


async def test_no_other_page_has_a_frame(floor):
    ada = await floor.operator()
    answer = await ada.client.get("/console/mail")

    assert "frame-src" not in answer.headers["content-security-policy"]


async def test_the_html_of_mail_is_not_for_viewers_either(floor):
    await mailed(floor, "ada@example.org")
    message = (await floor.api("GET", "/admin/courier/messages"))[0]["id"]
    eve = await floor.operator("viewer")
    await eve.see(f"/console/mail/{message}/html")

    assert 403 == eve.status
