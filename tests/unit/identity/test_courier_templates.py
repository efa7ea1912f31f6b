import time

import pytest

from headwater.identity.courier.templates import limits
from headwater.identity.courier.templates.errors import TemplateLimitError, TemplateRunError, TemplateSyntaxError
from headwater.identity.courier.templates.template import Template

DATA = {
    "To": "ada@example.org",
    "RecoveryURL": "https://app.example.org/r?flow=1&token=a b",
    "ExpiresInMinutes": 60,
    "Identity": {"traits": {"name": "Ada", "age": 36.0, "tags": ["x", "y"], "none": None, "on": True}},
    "Mallory": "<script>alert(1)</script>\"'",
    "Lang": "de",
}


def text(source: str, **more) -> str:
    return Template(source, is_html=False).render({**DATA, **more})


def html(source: str, **more) -> str:
    return Template(source, is_html=True).render({**DATA, **more})


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("Hi {{ .Identity.traits.name }}!", "Hi Ada!"),
        ("{{.To}}", "ada@example.org"),
        ("a  {{- .Lang -}}  b", "adeb"),
        ("a {{/* said to nobody */}} b", "a  b"),
        ("a {{- /* said to nobody */ -}} b", "ab"),
        ('{{ "}}" }}', "}}"),
        ("{{ `a\\n` }}", "a\\n"),
        ('{{ "a\\n" }}', "a\n"),
        ("{{ if .Lang }}yes{{ else }}no{{ end }}", "yes"),
        ('{{ if eq .Lang "en" }}hello{{ else if eq .Lang "de" }}hallo{{ else }}?{{ end }}', "hallo"),
        ('{{ if and .Lang (not .Missing) (ne .Lang "en") }}yes{{ end }}', "yes"),
        ('{{ if eq .Lang "en" "de" }}yes{{ end }}', "yes"),
        ("{{ if or .Missing .Lang }}yes{{ end }}", "yes"),
        ("{{ and .Lang 0 }}|{{ or 0 .Lang }}", "0|de"),
        ("{{ if lt 1 2 }}{{ if ge 2.0 2 }}yes{{ end }}{{ end }}", "yes"),
        ("{{ range .Identity.traits.tags }}[{{ . }}]{{ end }}", "[x][y]"),
        ("{{ range $i, $t := .Identity.traits.tags }}{{ $i }}={{ $t }} {{ end }}", "0=x 1=y "),
        ("{{ range .Missing }}a{{ else }}none{{ end }}", "none"),
        ("{{ with .Identity.traits }}{{ .name }} {{ $.Lang }}{{ end }}", "Ada de"),
        ("{{ with .Missing }}a{{ else }}b{{ end }}", "b"),
        ("{{ $x := .Lang }}{{ if true }}{{ $x = upper $x }}{{ end }}{{ $x }}", "DE"),
        ('{{ define "de" }}Hallo {{ .To }}{{ end }}{{ template "de" . }}', "Hallo ada@example.org"),
        ('{{ .Missing | default "you" | upper }}', "YOU"),
        ('{{ index .Identity.traits "name" }}{{ index .Identity.traits.tags 1 }}', "Aday"),
        ("{{ (index .Identity.traits.tags 0) | title }}{{ (.Identity).traits.name }}", "XAda"),
        ("{{ .Identity.traits.age }} {{ .Identity.traits.on }} {{ .Identity.traits.none }}", "36 true "),
        ("{{ .Missing }}{{ .Missing.deeper }}", ""),
        ('{{ printf "%s is %d, %v, %q%%" .Lang 3 1.5 "a" }}', 'de is 3, 1.5, "a"%'),
        ('{{ trunc 3 "abcdef" }}{{ trunc -2 "abcdef" }}', "abcef"),
        ('{{ "  a b " | trim }}{{ "a b" | nospace }}{{ replace "a" "b" "aa" }}', "a babbb"),
        ('{{ join "-" .Identity.traits.tags }}{{ len .Lang }}', "x-y2"),
        ('{{ if contains "a" "bar" }}{{ ternary 1 2 false }}{{ end }}', "2"),
        ('{{ if has "de" (list "de" "en") }}yes{{ end }}', "yes"),
        ("{{ .Identity.traits.tags }}", "[x y]"),
        ('{{ urlquery "a b&c" }}', "a+b%26c"),
    ],
)
def test_go_templates_as_people_have_them(source, expected):
    assert text(source) == expected


@pytest.mark.parametrize(
    ("source", "reason"),
    [
        ("{{ .To", "without its"),
        ("{{ }}", "empty"),
        ("{{ if .To }}", "no {{ end }}"),
        ("{{ end }}", "too many"),
        ("{{ else }}", "too many"),
        ('a\n{{ env "HOME" }}', "calls env in line 2"),
        ("{{ now }}", "calls now"),
        ("{{ uper .To }}", "did you mean upper"),
        ('{{ block "x" . }}{{ end }}', "block"),
        ("{{ range .X }}{{ break }}{{ end }}", "break"),
        ('{{ template "gone" . }}', "'gone'"),
        ("{{ .To | 3 }}", "no function"),
        ("{{ .To .Lang }}", "no function"),
        ("{{ (.To }}", "parentheses"),
        ("{{ .To ) }}", "means nothing"),
        ("{{ 'a' }}", "supported"),
        ("{{ if .A }}{{ else }}{{ else }}{{ end }}", "only an end"),
        ('{{ define "a" }}{{ end }}{{ define "a" }}{{ end }}', "twice"),
        ("{{ a := 1 }}", "means nothing"),
        ("{{ " + "(" * 1000 + "}}", "parentheses"),
        ("{{ if .X }}" * 1000 + "{{ end }}" * 1000, "deep"),
        ("{{ if .X }}" + "{{ else if .X }}" * 1000 + "{{ end }}", "deep"),
        ("x" * (limits.SOURCE_LETTERS + 1), "longer"),
    ],
    ids=range(23),
)
def test_what_is_not_supported_is_refused_when_it_is_read_by_name(source, reason):
    with pytest.raises(TemplateSyntaxError) as refused:
        Template(source, is_html=False)

    assert reason in refused.value.message


MOST_CPU_SECONDS = 1.0  # in fact a tenth of it


@pytest.mark.parametrize(
    "source",
    [
        "{{ range .Tags }}{{ range $.Tags }}{{ range $.Tags }}{{ end }}{{ end }}{{ end }}",
        "{{ range .Tags }}{{ $.Long }}{{ end }}",
        '{{ $x := "0123456789" }}' + "{{ $x = print $x $x }}" * 40 + "{{ $x }}",
        '{{ $x := "aaaaaaaaaa" }}' + '{{ $x = replace "a" "aaaaaaaaaa" $x }}' * 10,
        "{{ $x := join .Long .Tags }}{{ $x }}",
        '{{ define "a" }}{{ template "a" . }}{{ end }}{{ template "a" . }}',
        '{{ define "b" }}{{ range $.Tags }}{{ range $.Tags }}x{{ end }}{{ end }}{{ end }}{{ template "b" . }}',
        '{{ range .Tags }}{{ if has "gone" $.Tags }}{{ end }}{{ end }}',
        '{{ range .Tags }}{{ if contains "gone" $.Long }}{{ end }}{{ end }}',
    ],
    ids=range(9),
)
def test_a_template_bomb_ends_soon(source):
    before = time.process_time()
    with pytest.raises(TemplateLimitError):
        text(source, Tags=["x"] * 5_000, Long="y" * 50_000)
    assert time.process_time() - before < MOST_CPU_SECONDS


@pytest.mark.parametrize(
    "source",
    [
        "{{ $x := list 1 2 }}{{ $x = list $x $x }}",
        "{{ if eq .Identity .Identity }}{{ end }}",
        '{{ range .Identity }}{{ contains "x" . }}{{ end }}',
        "{{ $x := 9223372036854775807 }}{{ $x = add $x $x }}",
        "{{ .To.deeper }}",
        "{{ index .Identity.traits.tags 7 }}",
        "{{ range .To }}{{ end }}",
        "{{ upper }}",
        "{{ $gone }}",
        '{{ printf "%x" 1 }}',
        "{{ int .To }}",
        "{{ if lt .To 1 }}{{ end }}",
    ],
    ids=range(12),
)
def test_a_template_that_does_not_fit_its_data_fails_with_a_reason(source):
    with pytest.raises(TemplateRunError):
        text(source)


def test_a_deep_template_does_not_take_the_stack():
    deep = limits.DEPTH - 1
    source = "{{ if .To }}" * deep + "{{ " + "(" * deep + " .To " + ")" * deep + " }}" + "{{ end }}" * deep
    assert text(source) == "ada@example.org"


def test_deeply_nested_traits_do_not_take_the_stack():
    traits = {}
    for _ in range(5_000):
        traits = {"a": traits}
    assert "…" in text("{{ .Deep }}", Deep=traits)


def test_a_script_in_a_trait_stays_a_text():
    expected = "&lt;script&gt;alert(1)&lt;/script&gt;&quot;&#x27;"
    assert html("<p>{{ .Mallory }}</p>") == f"<p>{expected}</p>"
    assert html('<p title="{{ .Mallory }}">x</p>') == f'<p title="{expected}">x</p>'
    assert html("<title>{{ .Mallory }}</title>") == f"<title>{expected}</title>"
    assert html("<!-- {{ .Mallory }} -->") == f"<!-- {expected} -->"


def test_a_plain_text_is_not_escaped():
    assert text("{{ .Mallory }}") == DATA["Mallory"]


@pytest.mark.parametrize(
    "evil", ["javascript:alert(1)", " JaVaScRiPt:alert(1)", "java\nscript:alert(1)", "data:text/html,x", "vbscript:x"]
)
def test_a_link_that_runs_code_goes_nowhere(evil):
    assert html('<a href="{{ .Evil }}">x</a>', Evil=evil) == '<a href="#blocked">x</a>'
    assert html('<a href="{{ .Nothing }}{{ .Evil }}">x</a>', Evil=evil) == '<a href="#blocked">x</a>'


def test_a_link_keeps_what_makes_it_a_link():
    expected = "https://app.example.org/r?flow=1&amp;token=a%20b"
    assert html('<a href="{{ .RecoveryURL }}">x</a>') == f'<a href="{expected}">x</a>'
    assert html('<a href="https://x/?to={{ .To }}&x={{ .Mallory }}">x</a>') == (
        '<a href="https://x/?to=ada%40example.org&x=%3Cscript%3Ealert%281%29%3C%2Fscript%3E%22%27">x</a>'
    )
    assert html('<a href="https://x/{{ .To }}">x</a>') == '<a href="https://x/ada@example.org">x</a>'


@pytest.mark.parametrize(
    "source",
    [
        "<script>{{ .To }}</script>",
        "<style>{{ .To }}</style>",
        "<a {{ .To }}>x</a>",
        "<a href={{ .To }}>x</a>",
        '<a onclick="{{ .To }}">x</a>',
        '<a style="color: {{ .To }}">x</a>',
        "<{{ .To }}>",
        "<scr{{ .To }}",
        '<a href="{{ .To }}',
        '{{ if .To }}<a href="{{ else }}<p>{{ end }}{{ .To }}',
        '{{ range .Identity.traits.tags }}<a title="{{ end }}',
        '{{ define "a" }}{{ template "a" . }}{{ end }}{{ template "a" . }}',
        '{{ define "v" }}{{ .To }}{{ end }}<p>{{ template "v" . }}</p><a href="{{ template "v" . }}">x</a>',
    ],
    ids=range(13),
)
def test_a_value_where_no_escaping_is_safe_is_refused_when_it_is_read(source):
    with pytest.raises(TemplateSyntaxError):
        Template(source, is_html=True)


def test_ordinary_mail_html_is_fine():
    source = (
        "<!doctype html><html><head><style>p > a { color: red }</style><!--[if mso]><b>x</b><![endif]--></head>"
        '<body bgcolor=\'#fff\'><p {{ if .To }}class="a"{{ else }}class="b"{{ end }}>1 < 2, {{ .Lang }}'
        '{{ range .Identity.traits.tags }}<br/><a href="https://x/{{ . }}">{{ . }}</a>{{ end }}</p>'
        "<img src=x width=1></body></html>"
    )
    assert '<p class="a">1 < 2, de<br/><a href="https://x/x">x</a>' in html(source)
