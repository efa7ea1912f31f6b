"""What may not be a password, by Kratos's rules and by the list of what everybody tries first."""

import dataclasses
import subprocess
import sys

import pytest
from zxcvbn.frequency_lists import FREQUENCY_LISTS

from headwater.identity.config import tree
from headwater.identity.config.hashing import Argon2, Bcrypt
from headwater.identity.passwords import common_passwords, policy


@pytest.fixture
def judge():
    whole = tree.parse(tree.default_document(), project_id="", public_url="http://127.0.0.1:4433")

    def judge(password, *identifiers, hashing=None, **rules):
        methods = dataclasses.replace(whole.methods, password=dataclasses.replace(whole.methods.password, **rules))
        config = dataclasses.replace(whole, methods=methods, hashing=hashing or Argon2())
        return policy.objection_or_none(password, identifiers=identifiers, config=config)

    return judge


def id_of(objection):
    return objection and objection.id


@pytest.mark.parametrize("password", ["password1", "PassWord1", "PASSWORD1", "12345678", "Liverpool", "iloveyou2"])
def test_what_everybody_guesses_first_is_refused_in_any_case_by_default(judge, password):
    assert id_of(judge(password, "ada@example.org")) == 4000005
    assert judge(password, "ada@example.org", refuses_common=False) is None


@pytest.mark.parametrize("password", ["correct horse battery", "password1 of ada", "p\u00e4ssword1"])
def test_what_is_not_on_the_list_passes(judge, password):
    assert judge(password, "ada@example.org") is None


def test_the_message_says_why(judge):
    objection = judge("password1")

    assert objection.text == "The password can not be used because it is one of the most commonly used passwords."
    assert objection.context == {"reason": "it is one of the most commonly used passwords"}


def test_the_list_has_ten_thousand_words_and_the_next_one_is_free():
    ranked = FREQUENCY_LISTS["passwords"]
    assert all(common_passwords.is_common(word.upper()) for word in ranked[:10_000])
    assert not any(common_passwords.is_common(word) for word in ranked[10_000:])


def test_a_command_that_judges_no_password_never_loads_the_list():
    code = (
        "import sys; from headwater.identity.passwords import policy; assert 'zxcvbn' not in sys.modules;"
        "from headwater.identity.passwords import common_passwords as it; assert it.is_common('password');"
        "assert 'zxcvbn' in sys.modules"
    )
    subprocess.run([sys.executable, "-W", "error", "-c", code], check=True)


@pytest.mark.parametrize(
    ("password", "hashing", "expected"),
    [
        ("seven77", Argon2(), 4000032),
        ("x" * 1024 + "y", Argon2(), 4000033),
        ("\u00e4" * 36, Bcrypt(), None),
        ("\u00e4" * 37, Bcrypt(), 4000033),
        ("ada@example.org", Argon2(), 4000031),
        ("qwertyui", Argon2(), 4000005),
    ],
    ids=["short", "long", "72 bytes", "74 bytes", "similar", "common"],
)
def test_each_rule_has_its_own_message(judge, password, hashing, expected):
    assert id_of(judge(password, "ada@example.org", hashing=hashing)) == expected


@pytest.mark.parametrize(
    ("password", "identifier", "expected"),
    [
        ("ada@example.org", "ada@example.org", True),
        ("ada@example.com", "ada@example.org", True),  # three edits
        ("abcdXYZW", "abcdefgh", True),  # four edits
        ("abcVWXYZ", "abcdefgh", False),  # five edits, three letters of eight in common
        ("example.org!", "ada@example.org", True),  # eleven of twelve letters in common
        ("abcd1234", "abcd@9876543210", False),  # exactly half is not more than half
        ("abcde234", "abcde@9876543210", True),
        ("correct horse battery", "ada@example.org", False),
        ("", "ada", False),
        ("x" * 300, "x" * 300, False),  # too long to compare, as in Kratos
    ],
)
def test_a_password_is_too_similar_by_kratoss_rule(password, identifier, expected):
    assert policy.is_similar(password, identifier) is expected
