"""All pages are asked of rooms that are lent to one test after the other."""

from lent_rooms import lenders_runner, runner_of_each_test  # noqa: F401  fixtures
