import string
import tracemalloc

import pytest

from headwater.core.errors import SettingsError
from headwater.net import globs


@pytest.mark.parametrize(
    ("glob", "text", "fits"),
    [
        ("http://a.b/c", "http://a.b/c", True),
        ("http://a.b/c", "http://axb/c", False),
        ("http://a.b/c", "http://a.b/cd", False),
        ("http://*.b/c", "http://a.b/c", True),
        ("http://*.b/c", "http://a.x.b/c", False),  # a dot separates
        ("http://a/*", "http://a/b/c", False),  # so does a slash
        ("http://a/**", "http://a/b/c", True),
        ("http://a/**", "http://a/b\n", True),
        ("http://a:?/", "http://a:1/", True),
        ("http://a?b/", "http://a.b/", False),
        ("http{,s}://a/", "https://a/", True),
        ("http{,s}://a/", "http://a/", True),
        ("http://{a,b.c}/", "http://b.c/", True),
        ("http://{a,b}/", "http://ab/", False),
        ("http://a,b/", "http://a,b/", True),
        ("http://[a-c]/", "http://b/", True),
        ("http://[!a-c]/", "http://b/", False),
        ("http://[^a]/", "http://^/", True),
        ("http://[^a]/", "http://b/", False),
        (r"http://\*/", "http://*/", True),
        (r"http://\*/", "http://a/", False),
        ("http://a+/", "http://a+/", True),
        ("http://a+/", "http://aa/", False),
    ],
)
def test_reads_globs_as_kratos_does(glob, text, fits):
    assert fits == globs.matches(glob, text)


@pytest.mark.parametrize("glob", ["**a" * 40 + "b", "*a" * 100 + "b", "{**a,**}" * 20 + "b"])
def test_a_url_of_mallorys_can_not_make_a_pattern_search_for_hours(glob):
    # With backtracking each of these takes longer than the universe has been there.
    assert not globs.matches(glob, "a" * 2000)


@pytest.mark.parametrize(
    ("glob", "members"),
    [
        ("[a-c]", "abc"),
        ("[a-a]", "a"),
        ("[a-cx-z_]", "abcxyz_"),
        ("[a-c-e]", "abcde"),  # the end of one range may begin the next
        ("[-a]", "-a"),
        ("[a-]", "-a"),
        ("[]-a]", "]^_`a"),
        ("[!-/]", "".join(letter for letter in string.printable if letter not in "-/")),
        ("[!!-~]", string.whitespace),
        ("[\u0001-\U0010ffff]", string.printable),
    ],
)
def test_a_class_holds_these_letters_and_no_others(glob, members):
    assert set(members) == {letter for letter in string.printable if globs.matches(glob, letter)}


def test_a_class_of_mallorys_that_names_every_letter_there_is_takes_up_no_more_room_than_another():
    # Written out as letters, one such range takes up 100 megabytes: a patch of a few lines would end the server.
    tracemalloc.start()
    globs.compile_glob("[\u0001-\U0010ffff]" * 2 + "[!\u0002-\U0010ffff]")
    _, most = tracemalloc.get_traced_memory()
    tracemalloc.stop()

    assert most < 100_000
    assert globs.matches("[\u0001-\U0010ffff]" * 100, "\U0010fffe" * 100)


@pytest.mark.parametrize("glob", ["http://[", "http://{a", "http://a}", "http://a\\", "[z-a]", "{" * 5000])
def test_refuses_a_pattern_that_does_not_close(glob):
    with pytest.raises(SettingsError, match="URL pattern"):
        globs.compile_glob(glob)
