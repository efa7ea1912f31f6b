"""A table of Liquid templates, by hand, rendered by Segment's own mapping kit (LiquidJS) and by ours."""

import re

import pytest

from unit.mapping.directives import mapping_kit
from unit.mapping.directives.mapping_kit import Case

EVENT = {
    "name": "Ada Lovelace",
    "blank": " \t",
    "empty": "",
    "none": None,
    "yes": True,
    "no": False,
    "zero": 0,
    "n": 7,
    "m": -2.5,
    "f": 1.0,
    "huge": 1e21,
    "tiny": 1e-7,
    "digits": "42",
    "words": "the quick  brown\nfox\u00a0jumps",
    "html": '<p>Tom & "Jerry\'s"</p><script>x</script><!-- c --><style>y</style><b',
    "amp": "&lt;b&gt; &amp; &",
    "accents": "Ärger über Straße, œuvre & Þorn!",
    "emoji": "a😀b",
    "csv": "a,b,,c,,",
    "list": [3, 1, None, "x", [1, [2]], {"a": 1}],
    "numbers": [1, 2.5, "3", "x", None],
    "nothing": [],
    "object": {"a": {"b": [10, 20]}, "size": 99, "k-y": 1, "q?": 2, "0": "zero"},
    "plain": {"x": 1, "y": 2},
    "people": [{"n": "ada", "v": True, "d": {"e": 1}}, {"n": "bob", "v": False}, {"n": "eve"}],
    "key": "a",
    "when": "2024-02-05T07:08:09.123Z",
    "day": "2024-02-05",
    "local": "2024-12-31T23:59:59",
    "offset": "2024-02-05T07:08:09+05:30",
    "seconds": 1707116889,
    "url": "https://a.b/c d?e=f&g=[ü]'()*!~",
    "one": ["allow_false"],
    "encoded": "a+b%20c%C3%BC",
}
NAMES = [*EVENT, "nowhere"]
# Separated by a | without blanks around it; one with blanks belongs to the expression.
OUTPUTS = """
no and yes or yes|1 == true|zero == no|n == yes|"1" == 1
name|name.size|name.length|name[0]|name.first|name.last|list.size|list.first|list.last|list[0]|list[-1]|list[99]
list["0"]|object.a.b[1]|object["a"]["b"][0]|object[key].b|object.size|plain.size|object.k-y|object.q?|object.0
object[0]|nowhere.a.b|none.a|zero.a|yes.a|emoji[1]|emoji.size|'it''s'|"a\\n\\t\\u0041\\x41\\101\\"|'\\''|"unclosed|5
-5|+5|5.0|5.50|.5|5.|1e3|true|nil|empty|blank.size|(1..4)|(1..n)|(n..1)|(1..2.5)|1 == 1|n == 7|n == "7"|n != 7|n > 3
n >= "7"|"b" > "a"|"10" < 9|none < 1|none == nil|nowhere == nil|none == nowhere|no == nil|empty == empty|"" == empty
nothing == empty|blank == blank|none == blank|no == blank|plain == empty|0 == empty|list == list
name contains "Love"|list contains 3|list contains "3"|object contains "a"|yes and no|yes or no|yes and no or yes
no or yes and no|not yes|not n == 7|yes == true|n|n , m|n m|n ==|== n|and|nil > 1|1 > nil|numbers == numbers
"a" == "a"|1.0 == 1|huge|tiny|f|m|(1..3) contains 2|(1..3).size|nowhere | default: "x"|name | default: "x"
empty | default: "x"|no | default: "x"|no | default: "x", allow_false: true|nothing | default: "x"
zero | default: "x"|n | unknown | plus: 1|n | plus|n | plus:|n | plus: , 2|n |
"""
EXPRESSIONS = [one for line in OUTPUTS.strip("\n").split("\n") for one in re.split(r"(?<! )\|(?! )", line)]
FILTERS = {
    "": "upcase downcase capitalize strip lstrip rstrip strip_newlines squish normalize_whitespace escape xml_escape "
    "escape_once strip_html size first last join sum compact pop shift split truncate truncatewords "
    "number_of_words abs "
    "ceil floor round to_integer url_encode cgi_escape uri_escape slugify base64_encode sha256 "
    "hmac_sha256 json jsonify "
    "inspect raw date date_to_xmlschema date_to_rfc822 date_to_string date_to_long_string append prepend plus "
    "divided_by url_decode base64_decode replace remove replace_first remove_first replace_last "
    "remove_last push unshift slice",
    ": 'a'": "append prepend remove remove_first remove_last split join strip lstrip rstrip push unshift plus slugify "
    "date number_of_words sum where truncate hmac_sha256",
    ": 2": "plus minus times divided_by modulo at_least at_most round slice truncate truncatewords append join "
    "date split",
    ": -2": "plus times divided_by modulo slice round truncate truncatewords at_least",
    ": 0": "divided_by modulo slice truncate times round",
    ": 1, 3": "slice truncate divided_by at_least replace",
    ": 'a', 'b$&'": "replace replace_first replace_last remove truncate slugify",
    ": '', '-'": "replace replace_first replace_last remove split join append",
    ": n": "plus minus modulo slice truncate round join split append default",
    ": nowhere": "plus append join split default replace remove round date truncate where",
    ": nil": "plus append join default date",
    ": 3, '…'": "truncate truncatewords",
    ": 'latin'": "slugify",
    ": 'pretty'": "slugify",
    ": 'ascii', true": "slugify",
    ": 'raw'": "slugify",
    ": 'cjk'": "number_of_words",
    ": 'auto'": "number_of_words",
    ": 'ordinal'": "date_to_string date_to_long_string",
    ": 'ordinal', 'US'": "date_to_string date_to_long_string",
}
MOMENTS = (
    "when",
    "day",
    "local",
    "offset",
    "seconds",
    "m",
    "name",
    "none",
    "'Mon, 05 Feb 2024 07:08:09 GMT'",
    "'2024'",
)
MOMENTS += (
    "'2024-02'",
    "'2024-02-05 07:08'",
    "'February 5, 2024'",
    "'Feb 5, 2024 07:08:09'",
    "yes",
)
FORMS = [
    f"%{flag}{code}"
    for code in "aAbBcCdeHIjklLmMNpPqsSuUwWxXyYzZhtn%QE"
    for flag in ("", "-", "_", "0", "^", "#", ":", "5", "-5", "010")
] + ["%Y-%m-%dT%H:%M:%S%:z", "100%", "%", "%E", "%Ey", "%O", "%-m/%-d/%y", "%^a %#b", "plain", ""]
PEOPLE = [
    "people | where: 'v' | size",
    "people | where: 'v', false | size",
    "people | where: 'n', 'ada' | json",
    "people | where: 'd.e', 1 | json",
    "people | sum: 'd.e'",
    "numbers | sum",
    "list | push: 1 | unshift: 2 | pop | shift | size",
    "csv | split: ',' | size",
    "csv | split: ',' | compact | join: '+'",
    "list | join",
    "list | join: ''",
    "list | slice: 1, 2 | json",
    "list | slice: -2, 9 | json",
    "emoji | slice: 1, 1",
    "emoji | split: '' | size",
    "url | url_encode | url_decode",
    "name | base64_encode | base64_decode",
    "'%zz' | url_decode",
    "'%ff' | url_decode",
    "'a' | base64_decode",
    "'YQ=' | base64_decode",
    "1.005 | round: 2",
    "-1.5 | round",
    "2.5 | round",
    "1234.5 | round: -2",
    "0.1 | plus: 0.2",
    "huge | times: huge | times: huge",
    "0 | divided_by: 0",
    "-1 | divided_by: 0",
    "7 | divided_by: 2, true",
    "-7 | modulo: 3",
    "7 | modulo: -3",
    "'0x1f' | plus: 1",
    "' 12 ' | plus: 1",
    "'1_000' | plus: 1",
    "'1e3' | plus: 1",
    "'Infinity' | plus: 1",
    "'' | to_integer",
    "'x' | to_integer",
    "nowhere | to_integer",
    "no | default: 'x', list",
    "no | default: 'x', people",
    "no | default: 'x', one",
    "name | map: 'x'",
    "list | sort",
    "list | concat: list",
    "name | type",
    "when | date: '%Y', 'America/New_York'",
    "when | date: '%Y-%m-%d %H:%M %z %Z', 'Asia/Kolkata'",
    "when | date: '%H:%M %z', 360",
    "when | date: '%H:%M %z', -330",
    "when | date: '%H', 'Nowhere/City'",
]
TEMPLATES = [
    "",
    "plain",
    "{{ name }} {{- name -}} {{ name }}",
    "a  {%- if yes -%}  b  {%- endif -%}  c",
    "{% if yes %}a{% endif %}",
    "{% if no %}a{% elsif n == 7 %}b{% else %}c{% endif %}",
    "{% if no %}a{% else %}c{% endif %}",
    "{% if nowhere %}a{% endif %}",
    "{% if empty %}a{% endif %}{% if zero %}b{% endif %}{% if nothing %}c{% endif %}",
    "{% if name | size > 3 %}a{% endif %}",
    "{% if name | size %}a{% endif %}",
    "{% unless no %}a{% else %}b{% endunless %}",
    "{% unless yes %}a{% elsif yes %}c{% else %}b{% endunless %}",
    "{% unless yes %}a{% else %}b{% else %}c{% elsif yes %}d{% endunless %}",
    "{% assign x = name | upcase %}{{ x }}{{ name }}",
    "{% assign name = 5 %}{{ name | plus: 1 }}",
    "{% assign x = 1 == 1 %}{{ x }}",
    "{% assign x 5 %}",
    "{% assign = 5 %}",
    "{% capture x %}<{{ name }}>{% endcapture %}{{ x | upcase }}",
    "{% capture 'y z' %}1{% endcapture %}{{ ['y z'] }}",
    "{% capture %}1{% endcapture %}",
    "{% capture x %}1",
    "{% echo name | upcase %}{% echo %}",
    "{% cycle 'a', 'b' %}{% cycle 'a', 'b' %}{% cycle 'a', 'b' %}",
    "{% cycle g: 'a', 'b' %}{% cycle 'a', 'b' %}{% cycle g: 'a', 'b' %}{% cycle %}",
    "{% increment c %}{% increment c %}{{ c }}{% decrement c %}{% decrement d %}{{ d }}",
    "{% increment n %}{{ n }}",
    "{% comment %}{{ broken {% if %} {% endcomment %}x",
    "{% comment %}a{% comment %}b{% endcomment %}c",
    "{% # a comment %}x{% # two\n # lines %}y",
    "{% # two\n lines %}",
    "{% raw %}{{ name }}{% if %}{% endraw %}{{ name }}",
    "{% raw %}x",
    "{% liquid\n assign x = 3\n echo x\n if x == 3\n echo 'three'\n endif\n# c\n %}",
    "{% liquid %}",
    "a{% break %}b",
    "{% if yes %}a{% break %}b{% endif %}c",
    "a{% continue %}b",
    "{% case n %}{% when 7 %}x{% endcase %}",
    "{% for i in list %}{{ i }}{% endfor %}",
    "{% include 'x' %}",
    "{% tablerow i in list %}{% endtablerow %}",
    "{% nope %}",
    "{% if yes %}",
    "{% if %}{% endif %}",
    "{% endif %}",
    "{% if yes %}a{% else %}b{% else %}c{% endif %}",
    "{% if yes %}a{% else x %}b{% endif %}",
    "{% if yes %}a{% endif x %}",
    "{% if yes %}{% if no %}a{% else %}b{% endif %}{% endif %}",
    "{{ name",
    "{{ name }",
    "{{ }}",
    "{{}}",
    "{{ 'a}}b' }}",
    "{{ name | }}",
    "{{ name upcase }}",
    "{{ name | upcase x }}",
    "{{ name | append: 'a' 'b' }}",
    "{{ name | append }}",
    "{{ name | append: 'a', 'b' }}",
    "{{ (1..x }}",
    "{{ (1) }}",
    "{{ name[ }}",
    "{{ name. }}",
    "{{ $.name }}",
    "{% if a {% endif %}",
    "{%%}",
    "} } %} {x} { {name} }",
    "x" * 1000,
    "x" * 1001,
    "{{ list }} {{ plain }} {{ object.a }}",
    "{{ name }}{{ nowhere }}{{ none }}{{ yes }}{{ no }}{{ f }}",
]
TABLE = {
    "values": ["{{ " + name + " }}" for name in NAMES],
    "outputs": ["{{ " + one + " }}" for one in EXPRESSIONS],
    "conditions": ["{% if " + one + " %}yes{% else %}no{% endif %}" for one in EXPRESSIONS],
    "filters": [
        f"{{{{ {name} | {one}{given} }}}}"
        for given, names in FILTERS.items()
        for one in names.split()
        for name in NAMES
    ],
    "chains": ["{{ " + one + " }}" for one in PEOPLE],
    "dates": [f"{{{{ {moment} | date: '%Y-%m-%d %H:%M:%S' }}}}" for moment in MOMENTS],
    "forms of dates": [f"{{{{ {moment} | date: '{form}' }}}}" for form in FORMS for moment in ("when", "local", "day")],
    "templates": TEMPLATES,
}


@pytest.fixture(scope="module")
def answers():
    rows = [(name, Case({"out": {"@liquid": one}}, EVENT)) for name, many in TABLE.items() for one in many]
    found = {name: ([], []) for name in TABLE}
    for (name, case), answer in zip(rows, mapping_kit.theirs([case for _, case in rows]), strict=True):
        found[name][0].append(case)
        found[name][1].append(answer)
    return found


@pytest.mark.parametrize("name", TABLE)
def test_every_template_of_the_table_renders_as_in_segments_mapping_kit(name, answers):
    assert [] == mapping_kit.differences(*answers[name])
