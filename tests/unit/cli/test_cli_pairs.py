import pytest

from headwater.cli import pairs
from headwater.cli.usage import UsageError


def test_keeps_every_text_as_it_is_so_that_a_key_of_digits_keeps_its_zeros():
    assert {"api_key": "00123", "flag": "true", "url": "http://h/?a=b"} == pairs.texts(
        ["api_key=00123", "flag=true", "url=http://h/?a=b"]
    )


def test_reads_words_and_json_as_values_and_leaves_the_rest_text():
    flags = ["a=true", "b=null", 'c={"x":[1]}', 'd="true"', "e=12", "f=yes", "g="]

    assert {"a": True, "b": None, "c": {"x": [1]}, "d": "true", "e": "12", "f": "yes", "g": ""} == pairs.values(flags)


@pytest.mark.parametrize("flag", ["novalue", "=x", ""])
def test_refuses_a_pair_without_key_or_sign(flag):
    with pytest.raises(UsageError, match="key=value"):
        pairs.texts([flag])


def test_refuses_broken_json_naming_the_key():
    with pytest.raises(UsageError, match=r"--set headers: this is not JSON"):
        pairs.values(['headers={"a"'])
