import re

import pytest
from pages_stage import Shown, Stage, login

from headwater.actions.problems import ConfigProblem
from headwater.identity.config.section import Section
from headwater.identity.pages import assets, theme
from headwater.identity.pages.page_settings import PageSettings

FOREVER = "public, max-age=31536000, immutable"
TEXT_CONTRAST = 4.5
BORDER_CONTRAST = 3.0


def parse(variables):
    return theme.parse(Section({"css_variables": variables}, "/pages"))


def themed(**variables):
    return PageSettings(
        theme=parse({f"--headwater-{key.replace('_', '-')}": value for key, value in variables.items()})
    )


@pytest.fixture
def stage():
    return Stage()


async def test_the_stylesheet_may_be_kept_for_good_under_a_name_that_changes_with_it(stage):
    page = await stage.show(login())
    [sheet] = page.all("link", rel="stylesheet")
    answer = await stage.get(f"/ui/{sheet['href']}")

    assert re.fullmatch(r"assets/pages-[0-9a-f]{16}\.css", sheet["href"])
    assert answer.headers["cache-control"] == FOREVER
    assert answer.headers["content-type"] == "text/css; charset=utf-8"
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert "url(" not in answer.text
    assert "@import" not in answer.text


@pytest.mark.parametrize("name", ["pages.css", "pages-0000000000000000.css", "..%2fpages.py", "theme-x.css"])
async def test_no_other_file_is_served(stage, name):
    assert (await stage.get(f"/ui/assets/{name}")).status_code == 404


async def test_an_operators_colours_come_after_ours(stage):
    stage.settings = themed(accent="#7a1fa2", dark_accent="rgb(200 120 255)", radius="0", font='"Fira Sans", serif')
    page = await stage.show(login())
    sheets = [item["href"] for item in page.all("link", rel="stylesheet")]
    answer = await stage.get(f"/ui/{sheets[1]}")

    assert len(sheets) == 2
    assert answer.headers["cache-control"] == FOREVER
    assert answer.text == (
        ":root{--headwater-accent:#7a1fa2;--headwater-dark-accent:rgb(200 120 255);"
        '--headwater-font:"Fira Sans", serif;--headwater-radius:0;}\n'
    )


async def test_a_theme_under_an_old_name_is_served_but_not_kept(stage):
    stage.settings = themed(accent="#7a1fa2")
    old = stage.settings.theme.file_name
    stage.settings = themed(accent="#0a7")
    answer = await stage.get(f"/ui/assets/{old}")

    assert "#0a7" in answer.text
    assert answer.headers["cache-control"] == "no-store"


async def test_error_pages_are_themed_too(stage):
    stage.settings = themed(accent="#7a1fa2")
    stage.error = {"error": {}}

    assert len(Shown((await stage.get("/ui/error?id=1")).text).all("link", rel="stylesheet")) == 2


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("--headwater-accent", "red;}body{display:none"),
        ("--headwater-accent", "url(//evil.example/x)"),
        ("--headwater-accent", "expression(alert(1))"),
        ("--headwater-accent", "var(--x)"),
        ("--headwater-accent", "red/*"),
        ("--headwater-accent", "#12\n3456"),
        ("--headwater-accent", "#fff\n"),
        ("--headwater-accent", 7),
        ("--headwater-radius", "calc(1px)"),
        ("--headwater-radius", "100vw"),
        ("--headwater-font", "x</style><script>"),
        ("--headwater-font", '"x\\"'),
        ("--headwater-font", "url(x)"),
        ("--headwater-acent", "red"),
        ("--x", "red"),
        ("}", "red"),
    ],
    ids=lambda value: repr(value)[:30],
)
def test_refuses_a_variable_that_could_say_more_than_a_colour(name, value):
    with pytest.raises(ConfigProblem) as refused:
        parse({name: value})
    assert refused.value.context["path"].startswith("/pages/css_variables/")


def test_a_misspelt_variable_is_told_which_was_meant():
    with pytest.raises(ConfigProblem, match="Did you mean '--headwater-accent'"):
        parse({"--headwater-acent": "red"})


def test_every_variable_is_documented_and_has_a_default():
    css = assets.load().styles.content.decode()
    head, _, rules = css.partition("*/")

    defaults = dict(re.findall(r"(--headwater-[a-z-]+): ([^;]+);", rules))
    assert set(defaults) == set(theme.PATTERNS)
    for name in theme.PATTERNS:
        assert re.search(rf"\b{name.removeprefix('--headwater-').removeprefix('dark-')}\b", head), name
    assert parse(defaults).variables["--headwater-accent"] == defaults["--headwater-accent"]


def luminance(colour):
    channels = [int(colour[index : index + 2], 16) / 255 for index in (1, 3, 5)]
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(one, other):
    light, dark = sorted((luminance(one), luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


@pytest.mark.parametrize("screen", ["", "dark-"], ids=["light", "dark"])
def test_everything_can_be_read_on_light_and_dark_screens(screen):
    css = assets.load().styles.content.decode()
    colours = dict(re.findall(rf"--headwater-{screen}([a-z-]+): (#[0-9a-f]{{6}});", css))

    for ink in ("text", "muted", "link", "danger", "success"):
        for paper in ("surface", "background"):
            assert contrast(colours[ink], colours[paper]) >= TEXT_CONTRAST, (ink, paper)
    assert contrast(colours["on-accent"], colours["accent"]) >= TEXT_CONTRAST
    for line in ("border", "focus"):
        assert contrast(colours[line], colours["surface"]) >= BORDER_CONTRAST, line


def test_motion_colour_scheme_and_targets_follow_the_visitors_wishes():
    css = assets.load().styles.content.decode()

    assert "@media (prefers-reduced-motion: reduce)" in css
    assert "@media (prefers-color-scheme: dark)" in css
    assert "--target: 2.75rem" in css
    assert ":focus-visible" in css
