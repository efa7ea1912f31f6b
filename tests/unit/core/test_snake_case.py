import pytest

from headwater.core.snake_case import snake_case


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
