"""What we write is what the standard library writes, letter for letter."""

from urllib.parse import urlencode

import pytest

from headwater.web import queries

EVERY_BYTE = "".join(map(chr, range(256)))


@pytest.mark.parametrize(
    "text", ["", "plain-words_~.", "two words", "a&b=c", "https://id.example.org/?x=1#y", "Zoë 😀 ℵ", EVERY_BYTE]
)
def test_a_text_is_escaped_as_the_library_escapes_it(text):
    parameters = {"name": text, text: "value"}

    assert urlencode(parameters) == queries.encoded(parameters)


def test_half_a_character_is_refused_as_the_library_refuses_it():
    with pytest.raises(UnicodeEncodeError):
        queries.encoded({"name": "\ud800"})
