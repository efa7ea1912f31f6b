"""Liquid templates as Hypothesis makes them: expressions of few names, and tags that mostly close."""

from hypothesis import strategies as st

from headwater.mapping.directives.liquid.filters import FILTERS, REFUSED

NAMES = ("a", "b", "list", "o", "o.a", "o['b']", "list[0]", "list[-1]", "a.size", "list.first", "nowhere", "x")
LITERALS = ("1", "-2.5", "0", "'a'", '"b c"', "''", "nil", "true", "false", "empty", "blank", "(1..3)", "'2024-02-05'")
OPERATORS = (" == ", " != ", " > ", " <= ", " contains ", " and ", " or ", " ")
ODD = ("|", "%}", "}}", "{{", "'", " : ", "[", ".", "..", ",", "(", "not ", "\\")

values = st.sampled_from(NAMES * 3 + LITERALS)
odd = st.sampled_from(ODD) | st.text(alphabet="ab.|:'[]{}%-#, 1", max_size=4)
comparisons = st.builds(
    lambda left, operator, right: left + operator + right, values, st.sampled_from(OPERATORS), values
)
filters = st.builds(
    # Of `date` only the form: as a time zone, JavaScript takes the oddest things.
    lambda name, given: name + (": " + ", ".join(given[: 1 if name == "date" else None]) if given else ""),
    st.sampled_from(sorted({*FILTERS, *REFUSED, "unknown"} - {"sample"})),
    st.lists(values, max_size=3),
)
expressions = st.builds(
    lambda value, chain: " | ".join([value, *chain]), values | comparisons, st.lists(filters, max_size=3)
)
dashes = st.sampled_from(("", "", "", "-"))
outputs = st.builds("{{{{{} {} {}}}}}".format, dashes, expressions, dashes)
leaves = (
    outputs
    | outputs
    | st.sampled_from((" ", "text", "\n", "{", "{{ a", "{% if a %}", "{% endif %}"))
    | st.builds("{{% assign x = {} %}}".format, expressions)
    | st.builds("{{% echo {} %}}".format, expressions)
    | st.builds("{{% cycle {}, {} %}}".format, values, values)
    | st.sampled_from(("{% increment c %}", "{% break %}", "{% raw %}{{ a }}{% endraw %}", "{%- # note -%}"))
    | st.builds("{{{{ {}{} }}}}".format, expressions, odd)
)
templates = st.recursive(
    leaves,
    lambda inner: (
        st.lists(inner, max_size=3).map("".join)
        | st.builds("{{%{} if {} {}%}}{}{{% endif %}}".format, dashes, expressions, dashes, inner)
        | st.builds("{{% if {} %}}{}{{% else %}}{}{{% endif %}}".format, expressions, inner, inner)
        | st.builds("{{% unless {} %}}{}{{% elsif {} %}}{}{{% endunless %}}".format, values, inner, values, inner)
        | st.builds("{{% capture x %}}{}{{% endcapture %}}{{{{ x }}}}".format, inner)
        | st.builds("{{% comment %}}{}{{% endcomment %}}".format, inner)
    ),
    max_leaves=6,
)
scalars = (
    st.none() | st.booleans() | st.sampled_from((0, 7, -1.5, 1e21, "", "b", "B c", "3", " x ", "é<b>", "a,b", "😀z"))
)
lists = st.lists(scalars, max_size=3)
events = st.fixed_dictionaries(
    {"a": scalars, "b": scalars | lists, "list": lists},
    optional={"o": st.fixed_dictionaries({"a": scalars, "b": lists})},
)
