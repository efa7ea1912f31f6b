"""What holds of any text, any expression and any event."""

import copy

from hypothesis import example, given, settings
from hypothesis import strategies as st

from headwater.mapping.fql import evaluation, expressions, grammar, numbers, spelling, triggers
from headwater.mapping.fql.bad_fql import BadFqlError
from headwater.mapping.fql.expressions import Expression
from headwater.mapping.fql.nodes import And, Comparison, Literal, Not, Or, Path
from headwater.mapping.fql.undecided import Undecided
from unit.mapping.fql.fql_samples import PIECES, json_events, json_values, trees, trigger_texts

soups = st.lists(st.sampled_from([*PIECES, "'", " ", "length(", "all", "]"]), max_size=12).map(" ".join)
any_text = st.text() | st.text("ab.'\"()[]!=<>&|\\ ,*019-+e\n") | soups


@settings(max_examples=200)
@given(any_text, json_events)
def test_any_text_is_read_or_refused_and_what_is_read_decides(text, event):
    said = _said_or_refused(text, event)

    assert isinstance(said, bool | Undecided) or said.context["column"] >= 1


def _said_or_refused(text, event):
    try:
        return expressions.parse(text).evaluate(event)
    except BadFqlError as refusal:
        return refusal


@settings(max_examples=200)
@given(trees, json_values | json_events)
def test_any_expression_answers_on_any_json_and_leaves_it_alone(tree, event):
    before = copy.deepcopy(event)

    assert isinstance(Expression("", tree, evaluation.condition(tree)).evaluate(event), bool | Undecided)
    assert repr(before) == repr(event)


@settings(max_examples=200)
@given(trees)
@example(Comparison("=", Comparison("<", Path(("a",)), Literal(1)), Not(Path(("b",)))))
@example(And((Or((Path(("a",)), Path(("b",)))), And((Path(("a",)), Path(("b",)))))))
@example(Not(And((Path(("all",)), Path(("or",))))))
@example(Path(("all",)))
@example(Path(("é", "9z")))
def test_an_expression_written_down_reads_as_itself(tree):
    text = spelling.text_of(tree)

    assert repr(tree) == repr(grammar.tree(text)), text


@given(trees, json_events)
def test_a_negation_says_the_opposite_or_is_undecided_too(tree, event):
    expression = Expression("", tree, evaluation.condition(tree))
    said, opposite = expression.evaluate(event), expressions.negated(expression).evaluate(event)

    assert said == opposite if isinstance(said, Undecided) else said is not opposite


@settings(max_examples=200)
@given(trigger_texts | any_text, json_values | json_events)
def test_any_text_is_a_trigger_that_answers_on_any_json(text, event):
    assert isinstance(triggers.parse(text).is_for(event), bool)


@given(st.floats(allow_nan=False, allow_infinity=False) | st.integers(-(2**53), 2**53))
def test_a_number_written_down_reads_as_itself(number):
    assert float(number) == numbers.of_text(numbers.text_of(number))
