"""What people agreed to decides where their events go: the table on Segment's page "Consent in Segment Connections"."""

import json

import msgspec
import pytest
from delivering import event, webhook

from headwater.core.outcomes import Filtered
from headwater.deliver import catalogue, decide, routing_document
from headwater.deliver.destinations.webhook import KIND
from headwater.deliver.metrics import codes
from headwater.deliver.routing_shape import BadRoutingError
from headwater.workspace.configuration import Routing

BY_CONSENT, BY_SENDER = "FILTERED_BY_END_USER_CONSENT", "FILTERED_BY_INTEGRATIONS_OBJECT"
NO_MAPPING = {"facebook": (), "google-ads": (), "amplitude": (), "crm": ()}
APART = {"facebook": ("ad",), "google-ads": ("ad",), "amplitude": ("analytics",), "crm": ()}
SHARED = {**APART, "facebook": ("ad", "analytics")}
WISHES = {"facebook": True, "amplitude": False}


def consent(**preferences):
    return {"consent": {"categoryPreferences": preferences}}


# Segment's rows in its order: context, integrations, which destination has which categories, and who gets the event.
TABLE = {
    "1a no consent, no wishes": ({}, None, SHARED, "facebook google-ads amplitude crm"),
    "1b empty consent, no wishes": ({"consent": {}}, {}, SHARED, "facebook google-ads amplitude crm"),
    "2 empty preferences, no wishes": (consent(), None, SHARED, "crm"),
    "3 no consent, wishes": ({}, WISHES, SHARED, "facebook google-ads crm"),
    "4a empty consent, wishes": ({"consent": {}}, WISHES, SHARED, "crm"),
    "4b empty preferences, wishes": (consent(), WISHES, SHARED, "crm"),
    "5a categories nobody has": (
        consent(ad=True, analytics=False),
        None,
        NO_MAPPING,
        "facebook google-ads amplitude crm",
    ),
    "5b the same, wishes": (consent(ad=True, analytics=False), WISHES, NO_MAPPING, "facebook google-ads crm"),
    "6 a yes and a no": (consent(ad=True, analytics=False), None, APART, "facebook google-ads crm"),
    "7 the same, wishes": (consent(ad=True, analytics=False), WISHES, APART, "facebook google-ads crm"),
    "8 a wish against a yes": (
        consent(ad=True, analytics=False),
        {"facebook": False, "amplitude": False},
        APART,
        "google-ads crm",
    ),
    "9 two categories, a no": (consent(ad=True, analytics=False), WISHES, SHARED, "google-ads crm"),
    "10 two categories, both yes": (consent(ad=True, analytics=True), WISHES, SHARED, "facebook google-ads crm"),
    "11 two categories, the other no": (consent(ad=False, analytics=True), WISHES, SHARED, "crm"),
}


def decided(context, *, categories=(), integrations=None, name="crm", **routing):
    record = event("m1", integrations=integrations)
    body = json.dumps({**json.loads(record.body), "context": context}).encode()
    destination = msgspec.structs.replace(
        webhook(name, "http://crm.test/"), routing=Routing(consent_categories=tuple(categories), **routing)
    )
    return decide.decide(msgspec.structs.replace(record, body=body), destination=destination, kind=KIND)


@pytest.mark.parametrize("row", TABLE)
def test_segments_table_holds(row):
    context, integrations, categories, flowing = TABLE[row]
    found = {
        name: decided(context, categories=its, integrations=integrations, name=name) for name, its in categories.items()
    }

    assert flowing.split() == [name for name, one in found.items() if isinstance(one, decide.Send)]


def test_the_reason_names_each_category_that_is_missing_and_no_other():
    found = decided(consent(ad=True, analytics=False), categories=["ad", "analytics", "Personal"])

    assert Filtered(f"{BY_CONSENT}: they have not agreed to analytics, Personal.") == found
    assert BY_CONSENT == codes.of_filtered(found.reason)  # what it is counted by


def test_consent_speaks_before_the_senders_wishes():
    assert decided(consent(ad=False), categories=["ad"], integrations={"crm": False}).reason.startswith(BY_CONSENT)
    assert Filtered(BY_SENDER) == decided(consent(ad=True), categories=["ad"], integrations={"crm": False})


def test_a_category_is_case_sensitive():
    assert isinstance(decided(consent(Ad=True), categories=["ad"]), Filtered)


@pytest.mark.parametrize("answer", ["true", 1, None, {}], ids=["text", "number", "null", "object"])
def test_nothing_but_true_is_a_yes(answer):
    assert isinstance(decided(consent(ad=answer), categories=["ad"]), Filtered)


@pytest.mark.parametrize(
    "given",
    [{"version": 2}, {"categoryPreferences": "all"}, {"categoryPreferences": ["ad"]}],
    ids=["none", "text", "list"],
)
def test_a_consent_that_can_not_be_read_is_no_yes(given):
    assert isinstance(decided({"consent": given}, categories=["ad"]), Filtered)


@pytest.mark.parametrize("context", [None, {"consent": None}, "nonsense"], ids=["none", "null", "text"])
def test_who_was_never_asked_has_not_refused(context):
    assert isinstance(decided(context, categories=["ad"]), decide.Send)


def read(*categories):
    return routing_document.changed(Routing(), {"consent_categories": list(categories)}).consent_categories


def test_categories_are_kept_as_they_are_written_and_each_once():
    assert ("Ad", "ad", "C0002", "données", "x" * 34) == read("Ad", "ad", "C0002", "Ad", "données", "x" * 34)


@pytest.mark.parametrize(
    ("bad", "why"),
    [
        ("", "must be a consent category's id"),
        (" ", "must be a consent category's id"),
        ("1st", "the first no digit"),
        ("x" * 35, "1 to 34 characters"),
        ("a\nb", "on one line"),
        (7, "must be a text, not the number 7"),
    ],
    ids=["empty", "blank", "digit", "long", "two lines", "number"],
)
def test_refuses_what_is_no_category_by_its_place(bad, why):
    with pytest.raises(BadRoutingError, match=r"^/consent_categories/1: ") as caught:
        read("ad", bad)

    assert why in caught.value.message


def test_refuses_more_categories_than_anybody_has():
    with pytest.raises(BadRoutingError, match="at most 50 consent categories, not 51"):
        read(*(f"c{number}" for number in range(51)))


@pytest.mark.parametrize("kind", sorted(catalogue.kinds()))
def test_every_kind_is_held_to_it(kind):
    record, destination = event("m1"), webhook("crm", "http://crm.test/")
    destination = msgspec.structs.replace(destination, routing=Routing(consent_categories=("ad",)))
    found = decide.decide(
        msgspec.structs.replace(record, body=json.dumps({"context": consent(ad=False)}).encode()),
        destination=destination,
        kind=catalogue.kind(kind),
    )

    assert found.reason.startswith(BY_CONSENT)
