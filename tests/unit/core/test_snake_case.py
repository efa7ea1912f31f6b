import pytest

from headwater.core.snake_case import identifier, snake_case


@pytest.mark.parametrize(
    ("name", "found"),
    [
        ("CStringRef", "cstring_ref"),
        ("FOO:BAR", "foo_bar"),
        ("sample 2 Text", "sample_2_text"),
        ("Enabled 2FA", "enabled_2fa"),
        ("samPLE text", "sam_ple_text"),
        ("5TEst", "5test"),
        ("Order Completed", "order_completed"),
        ("already_snake_2", "already_snake_2"),
        ("utm2source", "utm2source"),
        ("_lead", "lead"),
        ("a__b", "a_b"),
        ("firstName", "first_name"),
        ("", ""),
        ("日本", ""),
        ("Größe", "gr_e"),
    ],
)
def test_names_are_as_in_segments_warehouses(name, found):
    assert found == snake_case(name)


@pytest.mark.parametrize(
    ("name", "beginning", "length"),
    [
        ("Total Price", "total_price", 11),
        ("2nd", "_2nd", 4),
        ("x" * 63, "x" * 63, 63),
        ("x" * 64, "x" * 54 + "_", 63),
        ("日本", "_", 9),
    ],
)
def test_a_name_is_kept_whole_or_told_apart_by_a_mark(name, beginning, length):
    made = identifier(name)

    assert made.startswith(beginning)
    assert length == len(made)


def test_long_and_foreign_names_that_differ_stay_apart():
    names = ["x" * 70, "x" * 71, "日本", "中国"]

    assert len(names) == len({identifier(name) for name in names})
