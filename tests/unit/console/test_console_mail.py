"""The pages of mail: listed, searched and paged, one shown as text; for operators only."""

import pytest
from console_floor import console_on

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
