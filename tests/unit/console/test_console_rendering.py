"""What is said in backticks is shown as code, and lets nothing else in."""

from headwater.console import rendering


def test_markup_of_mallory_stays_text_in_and_around_backticks():
    html = rendering.worded('Not `<script>alert(1)</script>`, <b>nor</b> `a"b` ``')

    assert (
        "Not <code>&lt;script&gt;alert(1)&lt;/script&gt;</code>, &lt;b&gt;nor&lt;/b&gt; <code>a&#34;b</code> ``" == html
    )
