"""The table of keys against the facts: every key Kratos knows has a row, and what it calls taken is really read."""

import asyncio
from pathlib import Path

import pytest

from headwater.actions import config as actions
from headwater.cli import kratos_sorting
from headwater.cli.kratos_findings import KEPT, LEFT_OUT, OUTCOMES, REFUSED, SETTING, TAKEN, UNKNOWN
from headwater.cli.kratos_keys import RULES
from headwater.core.errors import HeadwaterError
from headwater.identity.config import tree
from headwater.identity.config.defaults import default_document
from headwater.identity.config.section import Section
from headwater.identity.courier import check as courier

PATHS = (Path(__file__).parent / "kratos_key_paths.txt").read_text().split()
LISTS = {"schemas", "channels", "providers", "hooks", "organizations"}
# Read by something that looks at it when it is needed, and takes anything else for absent.
READ_LENIENTLY = {
    "clients/web_hook/header_allowlist",
    "actions/web_hook/header_allowlist",
    "feature_flags/use_continue_with_transitions",
    "feature_flags/faster_session_extend",
    "pages",
}


def put(document, steps, value):
    """Put `value` at `steps`; `*` is the first item of a list, or any name."""
    place = document
    for step, following in zip(steps, [*steps[1:], None], strict=True):
        inner = value if following is None else [] if step in LISTS else {}
        if isinstance(place, list):
            place.extend([inner] if not place else [])
            place = place[0]
        elif following is None:
            place["any" if step == "*" else step] = value
        else:
            place = place.setdefault("any" if step == "*" else step, inner)
    return document


def at(value, steps):
    for step in steps:
        if isinstance(value, list):
            value = value[0]
        else:
            value = value.get("any" if step == "*" else step) if isinstance(value, dict) else None
    return value


@pytest.mark.parametrize("path", PATHS)
def test_no_key_of_kratos_comes_as_a_surprise(path):
    steps = path.split("/")

    found = kratos_sorting.sort(put({}, steps, "ada"))

    own = [finding for finding in found.findings if finding.outcome != "differs"]
    assert [finding.outcome for finding in own] != []
    assert not {finding.outcome for finding in own} & {UNKNOWN, REFUSED}
    is_stored = {finding.outcome for finding in own} <= {TAKEN, KEPT}
    assert ("ada" if is_stored else None) == at(found.document, steps)


def test_whatever_has_no_effect_says_what_to_do_about_it():
    assert [] == [rule.anchor for rule in RULES if rule.outcome in (KEPT, SETTING, LEFT_OUT) and not rule.advice]
    assert set(OUTCOMES) >= {rule.outcome for rule in RULES}


def taken():
    for rule in RULES:
        if rule.outcome == TAKEN:
            yield from (f"{rule.anchor}/{key}".strip("/") for key in rule.keys or ("",))


@pytest.mark.parametrize("path", sorted(set(taken()) - READ_LENIENTLY))
def test_a_key_that_is_called_taken_is_one_that_something_reads(path):
    """The enemy is a table that promises: a value no reader can use has to be refused."""
    document = default_document()
    if path.startswith(("courier/smtp", "clients/smtp")):
        document["courier"] = {"smtp": {"connection_uri": "smtp://mail.example.org:25/"}}
    if path.startswith("courier/channels"):
        request = {"url": "https://sms.example.org/", "method": "POST", "body": "base64://e30="}
        document["courier"] = {"channels": [{"id": "sms", "request_config": request}]}
    if "tokenizer" in path:
        put(document, ["session", "whoami", "tokenizer", "templates", "*", "jwks_url"], "base64://e30=")
    is_object = path.endswith(("body", "headers", "request_config", "requested_claims"))
    put(document, path.split("/"), 5 if is_object else {"mallory": 5})

    with pytest.raises(HeadwaterError) as caught:
        check(document)

    assert path.split("/")[-1].replace("*", "any") in caught.value.message


def check(document):
    tree.check(document)
    courier.check(Section(document).section("courier"))
    asyncio.run(actions.check(document, evaluator=None))


def test_a_misspelt_key_is_named_with_the_one_that_was_meant_and_never_stored():
    found = kratos_sorting.sort({"selfservice": {"flows": {"login": {"lifespn": "1h", "ui_url": "https://a.example"}}}})

    unknown = [finding for finding in found.findings if finding.outcome == UNKNOWN]
    assert ["/selfservice/flows/login/lifespn"] == [finding.path for finding in unknown]
    assert "did you mean lifespan?" in unknown[0].advice
    assert {"selfservice": {"flows": {"login": {"ui_url": "https://a.example"}}}} == found.document


@pytest.mark.parametrize(
    ("document", "path", "said"),
    [
        ({"selfservice": 5}, "/selfservice", "must be an object"),
        ({"serve": "public"}, "/serve", "must be an object"),
        ({"identity": {"schemas": "default"}}, "/identity/schemas", "must be a list"),
        ({"identity": {"schemas": [7]}}, "/identity/schemas/0", "must be an object"),
    ],
)
def test_a_part_of_the_wrong_shape_is_refused_by_its_path(document, path, said):
    refused = [one for one in kratos_sorting.sort(document).findings if one.outcome == REFUSED]

    assert [path] == [one.path for one in refused]
    assert said in refused[0].advice


def test_a_setting_is_told_with_the_flag_and_the_value_of_the_file():
    found = kratos_sorting.sort({"serve": {"public": {"base_url": "https://id.example.org/"}}})

    assert (
        "--public-url https://id.example.org"
        in {one.path: one.advice for one in found.findings}["/serve/public/base_url"]
    )
    assert {} == found.document


def test_secrets_of_kratos_go_nowhere():
    found = kratos_sorting.sort({"secrets": {"cookie": ["lovelace"]}, "dsn": "postgres://ada:lovelace@db/kratos"})

    assert {} == found.document
    assert "lovelace" not in str(found.findings)


def test_defaults_that_differ_are_told_only_when_the_file_does_not_say():
    path = "/selfservice/methods/password/config/haveibeenpwned_enabled"
    says = {"selfservice": {"methods": {"password": {"config": {"haveibeenpwned_enabled": False}}}}}

    assert path in {one.path for one in kratos_sorting.sort({}).findings}
    assert path not in {one.path for one in kratos_sorting.sort(says).findings if one.outcome == "differs"}
