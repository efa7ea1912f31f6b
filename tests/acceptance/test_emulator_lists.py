"""What an emulator lists is all there is, of every project, and what a failure shows says why something is missing."""

import pytest
from emulator_stage import emulator, running_emulator, send

from headwater.testing import report

__all__ = ["emulator", "running_emulator"]


def test_people_and_mails_of_more_than_a_page_are_all_listed(emulator):
    people = [
        {"create": {"schema_id": "preset://email", "traits": {"email": f"p{number}@example.com"}}}
        for number in range(501)
    ]
    emulator.api("PATCH", "/admin/identities", {"identities": people})

    assert 501 == len({one["traits"]["email"] for one in emulator.identities()})


def test_another_project_has_people_and_mails_of_its_own(emulator):
    second = emulator.api("POST", "/projects", {"name": "Second", "environment": "dev"})
    ask, host = emulator._connection.ask, {"host": second["hosts"][0]}
    flow = ask("GET", "/self-service/registration/api", headers=host)
    form = {"method": "password", "password": "correct horse battery", "traits": {"email": "eve@example.com"}}
    ask("POST", f"/self-service/registration?flow={flow['id']}", form, headers=host)

    assert ["eve@example.com"] == [one["traits"]["email"] for one in emulator.identities(project=second["slug"])]
    assert ["eve@example.com"] == [one["recipient"] for one in emulator.mails(project=second["id"])]
    assert ([], []) == (emulator.identities(), emulator.mails())
    emulator.reset()
    with pytest.raises(Exception, match="404"):
        emulator.identities(project=second["slug"])


def test_an_id_with_slashes_is_traced(emulator):
    send(emulator, "track", userId="ada", event="Clicked", messageId="a/../b?c")

    assert "a/../b?c" == emulator.trace("a/../b?c")["message_id"]


def test_what_a_failure_shows_says_what_never_left_and_why(emulator):
    deaf = emulator.create_destination(
        "webhook", {"url": "https://deaf.example.com/"}, name="Deaf", filter='type = "identify"'
    )
    emulator.create_destination("amplitude", {"api_key": "k"}, name="Amp")
    send(emulator, "track", userId="ada", event="Clicked", messageId="m-1")

    with pytest.raises(AssertionError) as caught:
        emulator.assert_delivered(deaf)

    said = str(caught.value)
    assert "request to Deaf with status=2xx; found 0." in said
    assert "filtered [Deaf] m-1: FILTERED_BY_RULES" in said
    assert "rejected [Amp] m-1: message_rejected: `user_id` 'ada' is shorter" in said


def test_a_name_that_is_no_destinations_is_told(emulator):
    emulator.create_destination("webhook", {"url": "https://crm.example.com/"}, name="CRM")

    with pytest.raises(AssertionError, match=r"No destination is called 'CMR'; there are CRM\."):
        emulator.assert_called("CMR")
    with pytest.raises(AssertionError) as caught:
        emulator.assert_called("crm.example.com")
    assert "No destination" not in str(caught.value)


def test_the_report_of_a_failed_test_has_its_own_logger_and_mails(emulator):
    emulator.add_action("function(ctx) {id: ctx.identty.id}", url="https://crm.example.com/")
    with pytest.raises(Exception, match="An Action of this flow failed"):
        emulator.register("ada@example.com")

    assert "no such field: identty" in report.of(emulator)
    emulator.reset()
    emulator.register("ada@example.com")
    emulator.settle()
    said = report.of(emulator)
    assert "mails: 1\n  to ada@example.com: " in said
    assert "identty" not in said
