"""What is said in backticks is shown as code, and lets nothing else in."""

import pytest

from headwater.console import rendering, shown_numbers


def test_markup_of_mallory_stays_text_in_and_around_backticks():
    html = rendering.worded('Not `<script>alert(1)</script>`, <b>nor</b> `a"b` ``')

    assert (
        "Not <code>&lt;script&gt;alert(1)&lt;/script&gt;</code>, &lt;b&gt;nor&lt;/b&gt; <code>a&#34;b</code> ``" == html
    )


@pytest.mark.parametrize(
    ("size_bytes", "said"),
    [
        (0, "0 bytes"),
        (1, "1 byte"),
        (999, "999 bytes"),
        (4_608, "4 KB"),
        (999_999, "999 KB"),
        (12_345_678_901, "12,345 MB"),
    ],
)
def test_a_size_is_said_in_a_unit_in_which_it_is_not_nothing(size_bytes, said):
    assert said == shown_numbers.size(size_bytes)
