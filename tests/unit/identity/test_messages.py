"""Ory's interfaces translate by id and fill in from the context: a message that changes breaks them silently."""

import importlib
import inspect
import pkgutil
from collections import Counter
from datetime import UTC, datetime

import msgspec
import pytest
from kratos_messages import DOCUMENTED, Documented

from headwater.core.secrets import Secret
from headwater.identity import messages
from headwater.identity.messages import (
    hints,
    labels,
    login,
    mfa,
    printing,
    recovery,
    registration,
    settings,
    system,
    validation,
    verification,
)
from headwater.identity.messages.text import UiText

AT = datetime(2020, 1, 1, 0, 59, 59, tzinfo=UTC)
EXPIRED = {"expired_at": "2020-01-01T00:59:59.000Z", "expired_at_unix": 1577840399}
UNTIL = {"until": "2020-01-01T01:01:00.000Z", "until_unix": 1577840460}
TYPES = ["{available_credential_types_list}"]
PROVIDERS = ["{available_oidc_providers_list}"]
SECRET = Secret("{secret}")

# They hold the builders and how values are printed, not what is said.
TOOLS = {"text", "printing", "hints"}

# The thousands each room may say. The "no strategy" messages live with login in Ory's numbering.
RANGES = {
    "login": ({1010, 4010}, set()),
    "registration": ({1040, 4040}, {4010003}),
    "settings": ({1050, 4050}, {4010004}),
    "recovery": ({1060, 4060}, {4010005}),
    "labels": ({1070}, set()),
    "verification": ({1080, 4070}, {4010006}),
    "validation": ({4000}, set()),
    "mfa": ({4000}, set()),
    "system": ({5000}, set()),
}

# What needs something to say it is called with the examples Kratos documents.
SAMPLES = {
    "login.sign_in_with": lambda: login.sign_in_with("{provider}", provider_id="{providerID}"),
    "login.link_to_existing": lambda: login.link_to_existing(
        "{duplicateIdentifier}",
        provider="{provider}",
        new_login_url="{newLoginUrl}",
        credential_types=TYPES,
        providers=PROVIDERS,
    ),
    "login.confirm_with": lambda: login.confirm_with("{provider}"),
    "login.send_code_to": lambda: login.send_code_to("{address}", channel="{channel}"),
    "login.flow_expired": lambda: login.flow_expired(1.0, **EXPIRED),
    "registration.sign_up_with": lambda: registration.sign_up_with("{provider}", provider_id="{providerID}"),
    "registration.flow_expired": lambda: registration.flow_expired(1.0, **EXPIRED),
    "settings.link": lambda: settings.link("{provider}"),
    "settings.unlink": lambda: settings.unlink("{provider}"),
    "settings.app_secret": lambda: settings.app_secret(SECRET),
    "settings.backup_code": lambda: settings.backup_code(SECRET),
    "settings.backup_code_used": lambda: settings.backup_code_used(AT),
    "settings.backup_codes": lambda: settings.backup_codes(
        [settings.backup_code(SECRET), settings.backup_code_used(AT)]
    ),
    "settings.remove_security_key": lambda: settings.remove_security_key("{display_name}", added_at=AT),
    "settings.remove_passkey": lambda: settings.remove_passkey("{display_name}", added_at=AT),
    "settings.flow_expired": lambda: settings.flow_expired(1.0, **EXPIRED),
    "recovery.flow_expired": lambda: recovery.flow_expired(1.0, **EXPIRED),
    "recovery.recovered": lambda: recovery.recovered(1.0, **UNTIL),
    "recovery.code_sent_to": lambda: recovery.code_sent_to("{masked_address}"),
    "verification.flow_expired": lambda: verification.flow_expired(1.0, **EXPIRED),
    "labels.trait": lambda: labels.trait("{title}", name="{name}"),
    "validation.generic": lambda: validation.generic("{reason}"),
    "validation.required": lambda: validation.required("{property}"),
    "validation.min_length": lambda: validation.min_length(5, actual=3),
    "validation.pattern": lambda: validation.pattern("{pattern}"),
    "validation.password_refused": lambda: validation.password_refused("{reason}"),
    "validation.max_length": lambda: validation.max_length(5, actual=6),
    "validation.minimum": lambda: validation.minimum(5, actual=3),
    "validation.exclusive_minimum": lambda: validation.exclusive_minimum(5, actual=5),
    "validation.maximum": lambda: validation.maximum(5, actual=6),
    "validation.exclusive_maximum": lambda: validation.exclusive_maximum(5, actual=5),
    "validation.multiple_of": lambda: validation.multiple_of(7, actual=3),
    "validation.max_items": lambda: validation.max_items(3, actual=4),
    "validation.min_items": lambda: validation.min_items(3, actual=2),
    "validation.unique_items": lambda: validation.unique_items(0, 2),
    "validation.wrong_type": lambda: validation.wrong_type(["{allowed_types_list}"], actual="{actual_type}"),
    "validation.duplicate_with_hints": lambda: validation.duplicate_with_hints(
        "{credential_identifier_hint}", credential_types=TYPES, providers=PROVIDERS
    ),
    "validation.constant": lambda: validation.constant("Ada"),
    "validation.password_too_short": lambda: validation.password_too_short(6, actual=5),
    "validation.password_too_long": lambda: validation.password_too_long(72, actual=80),
    "validation.password_breached": lambda: validation.password_breached(101),
    "validation.email": lambda: validation.email("{value}"),
    "validation.phone": lambda: validation.phone("{value}"),
    "system.generic": lambda: system.generic("{reason}"),
}


def public_functions():
    """Find them anew on disk, so that nobody can add a message beside the table."""
    for module in pkgutil.iter_modules(messages.__path__):
        if module.name in TOOLS:
            continue
        loaded = importlib.import_module(f"{messages.__name__}.{module.name}")
        for name, function in inspect.getmembers(loaded, inspect.isfunction):
            if function.__module__ == loaded.__name__ and not name.startswith("_"):
                yield f"{module.name}.{name}", function


FUNCTIONS = dict(public_functions())


def said(name):
    return SAMPLES.get(name, FUNCTIONS[name])()


def test_no_message_hides_from_the_table_and_none_of_kratoss_is_forgotten():
    assert set(FUNCTIONS) == set(DOCUMENTED)
    assert set(SAMPLES) <= set(FUNCTIONS)


@pytest.mark.parametrize("name", sorted(FUNCTIONS))
def test_a_message_says_exactly_what_orys_interfaces_know_and_no_rewording_slips_through(name):
    message = said(name)
    assert Documented(message.id, message.type, message.text, message.context) == DOCUMENTED[name]


def test_no_id_is_said_by_two_functions():
    times = Counter(said(name).id for name in FUNCTIONS)
    assert [number for number, count in times.items() if count > 1] == []


@pytest.mark.parametrize("name", sorted(FUNCTIONS))
def test_no_message_strays_into_another_rooms_range(name):
    thousands, strays = RANGES[name.partition(".")[0]]
    number = said(name).id
    assert number in strays or number // 1000 in thousands


def test_a_message_without_context_sends_no_empty_one_that_a_strict_client_would_trip_over():
    assert msgspec.json.decode(msgspec.json.encode(mfa.no_app())) == {
        "id": 4000011,
        "text": "You have no TOTP device set up.",
        "type": "error",
    }


def test_minutes_are_rounded_as_kratos_rounds_them_and_not_shown_in_full():
    for room in (login, registration, settings, recovery, verification):
        assert " expired 1.23 minutes ago, " in room.flow_expired(1.23456, **EXPIRED).text
    assert recovery.recovered(14.999, **UNTIL).text.endswith("within the next 15.00 minutes.")


def test_a_list_of_backup_codes_survives_being_stored_and_read_again():
    listed = said("settings.backup_codes")
    assert msgspec.json.decode(msgspec.json.encode(listed), type=UiText) == listed


@pytest.mark.parametrize(
    ("value", "text"),
    [
        pytest.param(18, "18", id="integer"),
        pytest.param(18.0, "18", id="integer-written-as-float"),
        pytest.param(20.5, "20.5", id="fraction"),
        pytest.param(123456, "123456", id="below-a-million"),
        pytest.param(1000000, "1e+06", id="a-million"),
        pytest.param(12345678, "1.2345678e+07", id="eight-digits"),
        pytest.param(2**53 + 1, "9.007199254740992e+15", id="more-than-a-float-holds"),
        pytest.param(10**20, "1e+20", id="twenty-zeros"),
        pytest.param(-1e300, "-1e+300", id="three-digit-exponent"),
        pytest.param(0.0001, "0.0001", id="small"),
        pytest.param(0.00001, "1e-05", id="smaller"),
    ],
)
def test_a_number_reads_as_kratos_prints_it_and_not_as_python_would(value, text):
    assert validation.minimum(value, actual=0).text == f"must be >= {text} but found 0"
    assert validation.exclusive_minimum(0, actual=value).text == f"must be > 0 but found {text}"
    assert validation.maximum(value, actual=0).text == f"must be <= {text} but found 0"
    assert validation.exclusive_maximum(0, actual=value).text == f"must be < 0 but found {text}"
    assert validation.multiple_of(7, actual=value).text == f"{text} not multipleOf 7"


@pytest.mark.parametrize("sign", [1, -1], ids=["huge", "hugely-negative"])
def test_mallorys_number_of_four_hundred_digits_is_complained_about_and_crashes_nothing(sign):
    complaint = validation.maximum(5, actual=sign * 10**400)
    assert complaint.text == f"must be <= 5 but found {'+' if sign > 0 else '-'}Inf"
    assert msgspec.json.encode(complaint)


def test_a_whole_number_goes_into_the_context_without_a_decimal_point():
    context = validation.multiple_of(7.0, actual=3.5).context
    assert msgspec.json.encode(context, order="deterministic") == b'{"actual":3.5,"base":7}'
    huge = validation.maximum(5, actual=1e300).context["actual"]
    assert (huge, type(huge)) == (1e300, float)


def test_a_patterns_backslashes_quotes_and_invisible_letters_are_escaped_as_kratos_does():
    pattern = '^\\d+"é\u200b\x01\n\t\u00a0😀\x7f\U000e0001$'
    message = validation.pattern(pattern)
    shown = r'"^\\d+\"é\u200b\x01\n\t\u00a0😀\x7f\U000e0001$"'
    assert message.text == f"does not match pattern {shown}"
    assert message.context == {"pattern": pattern}


def test_mallorys_quotes_in_an_address_cannot_end_the_quotation_around_it():
    linked = login.link_to_existing(
        'ada"\\@x.test', provider='Git"Hub', new_login_url="/", credential_types=[], providers=[]
    )
    assert r'sign in with "ada\"\\@x.test", but' in linked.text
    assert r'account "ada\"\\@x.test" at "Git\"Hub" as' in linked.text


@pytest.mark.parametrize(
    ("expected", "shown"),
    [
        pytest.param('a"b', r'"a\"b"', id="text"),
        pytest.param(5, '"5"', id="integer"),
        pytest.param(5.0, '"5.0"', id="float"),
        pytest.param(1000000, '"1000000"', id="a-million"),
        pytest.param(True, "true", id="true"),
        pytest.param(False, "false", id="false"),
        pytest.param(None, "<nil>", id="null"),
    ],
)
def test_a_constant_reads_as_kratos_prints_it_and_not_as_python_would(expected, shown):
    message = validation.constant(expected)
    assert (message.text, message.context) == (f"must be equal to constant {shown}", {"expected": shown})


@pytest.mark.parametrize("expected", [[1], {"a": 1}], ids=["list", "object"])
def test_a_constant_nobody_could_read_is_not_spelled_out(expected):
    assert validation.constant(expected) == validation.constant_unnamed()


def test_a_time_is_shown_with_its_decimals_and_in_utc_whatever_zone_it_came_in():
    eastern = datetime.fromisoformat("2020-01-01T02:59:59.120+02:00")
    assert printing.moment(eastern) == "2020-01-01 00:59:59.12 +0000 UTC"
    assert settings.backup_code_used(eastern).context == {
        "used_at": "2020-01-01T00:59:59.120Z",
        "used_at_unix": 1577840399,
    }


@pytest.mark.parametrize(
    ("types", "providers", "tail"),
    [
        pytest.param([], [], "", id="nothing-known"),
        pytest.param(["password"], [], " You can sign in using your password.", id="one"),
        pytest.param(
            ["password", "oidc", "saml"],
            ["google", "my-idp", "github_x", "{p}", "o'neil's idp2b"],
            " You can sign in using your password, or social sign in. You can sign in using one of the following "
            "social sign in providers: Google, My-Idp, Github_x, {p}, O'neil's Idp2b.",
            id="the-same-way-twice",
        ),
        pytest.param(
            ["password", "oidc", "webauthn", "passkey"],
            [],
            " You can sign in using your password, social sign in, your passkey or a security key, or your passkey.",
            id="four",
        ),
        pytest.param(
            ["code", "totp"],
            ["GOOGLE", "éCOLE", "a.b", "1st"],
            " You can sign in using code, or totp. You can sign in using one of the following social sign in "
            "providers: Google, École, A.b, 1St.",
            id="only-unknown-ways",
        ),
        pytest.param(["code", "password"], [], " You can sign in using your password.", id="one-unknown-way"),
    ],
)
def test_the_hint_names_each_way_back_in_once_and_never_one_without_words(types, providers, tail):
    start = "You tried signing in with ada@x.test which is already in use by another account."
    assert hints.sentences("ada@x.test", credential_types=types, providers=providers) == start + tail


def test_without_an_identifier_the_hint_gives_nothing_away():
    hint = validation.duplicate_with_hints("", credential_types=[], providers=[])
    assert hint.text.startswith("You tried signing in with an email, phone, or username which is already in use")
