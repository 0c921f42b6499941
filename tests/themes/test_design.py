"""Themes as data: what is valid, what is derived, what is named as unreadable."""

import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from themes.design.choices import CHOICES
from themes.design.colour import Oklch, contrast, readable, to_hex, to_oklch
from themes.design.derive import MODES, derive, problems, remedy
from themes.design.palette import COLOURS, SEEDS
from themes.design.sheet import sheet, squeezed
from themes.design.spec import BadTheme, ThemeSpec

colours = st.integers(0, 0xFFFFFF).map(lambda number: f"#{number:06x}")


def brand(colour: str) -> ThemeSpec:
    return ThemeSpec.read({"seeds": {"brand": colour}})


@pytest.mark.parametrize(
    ("colour", "expected"),
    [
        ("#ffffff", (1.0, 0.0)),
        ("#000000", (0.0, 0.0)),
        ("#ff0000", (0.6280, 0.2577)),
        ("#0000ff", (0.4520, 0.3132)),
    ],
)
def test_oklch_known_values(colour, expected):
    # Given colours whose OKLCH is published, then ours is the same
    assert to_oklch(colour)[:2] == pytest.approx(expected, abs=0.001)


@given(colours)
@settings(max_examples=200, deadline=None)
def test_colours_survive_the_way_to_oklch_and_back(colour):
    assert to_hex(to_oklch(colour)) == colour


def test_what_screens_cannot_show_loses_chroma_only():
    # Given a colour outside sRGB, when it is shown, then lightness and hue are kept
    shown = to_oklch(to_hex(Oklch(0.7, 0.4, 150)))
    assert shown.lightness == pytest.approx(0.7, abs=0.01)
    assert shown.hue == pytest.approx(150, abs=3)
    assert shown.chroma < 0.4


@given(colours, colours)
@settings(max_examples=200, deadline=None)
def test_readable_reaches_what_it_promises(colour, ground):
    # Given any two colours, when one is made readable on the other, then it is, and it keeps its hue
    assert contrast(readable(colour, [ground], 4.5), ground) >= 4.5


def test_no_theme_is_the_present_look():
    # Given a theme that decides nothing, then every colour is the reference palette's, and nothing fails
    modes = derive(ThemeSpec())
    for token in COLOURS:
        assert (modes.light[token.name], modes.dark[token.name]) == (token.light, token.dark)
    assert problems(ThemeSpec()) == []


@pytest.mark.req("H1.1")
@given(colours)
@settings(max_examples=60, deadline=None)
def test_any_brand_colour_becomes_a_theme_that_can_be_read(colour):
    # Given any colour a hospital brings, when the failing ones are moved, then every pair in every mode can be read
    mended = remedy(brand(colour))
    assert problems(mended) == []
    # And what could be read before is left alone
    if not problems(brand(colour)):
        assert mended == brand(colour)


def test_the_brand_is_never_changed_behind_the_hospitals_back():
    # Given a colour that cannot be read, when the theme is derived, then it stays, and is named with its figures
    spec = brand("#d9730d")
    assert derive(spec).light["brand"] == "#d9730d"
    sentences = [failure.sentence for failure in problems(spec)]
    assert "链接与卡片 3.2，需要 4.5" in sentences
    assert all(failure.is_text for failure in problems(spec))


def test_an_adjustment_that_cannot_be_read_is_named_in_its_mode():
    # Given adjustments, one in the light, one in the dark
    spec = ThemeSpec.read({"light": {"on-brand": "#5fa8ba"}, "dark": {"ink-2": "#4a5a60"}})
    sentences = [failure.sentence for failure in problems(spec)]
    # Then each sentence says what, how much, and where
    assert any(re.fullmatch(r"主按钮文字与底色 \d\.\d，需要 4\.5", sentence) for sentence in sentences)
    assert any(sentence.startswith("深色：「次要文字」文字与") for sentence in sentences)


def test_a_control_edge_is_a_warning_not_a_refusal():
    spec = ThemeSpec.read({"light": {"line-strong": "#dddddd"}})
    assert problems(spec) and not any(failure.is_text for failure in problems(spec))


def test_adjustments_win_over_what_is_derived():
    spec = ThemeSpec.read({"seeds": {"brand": "#2a7958"}, "dark": {"card": "#101010"}, "care": {"ink": "#000000"}})
    modes = derive(spec)
    assert modes.dark["card"] == "#101010"
    assert modes.care["ink"] == "#000000" != modes.light["ink"]


def test_a_grey_theme_is_grey_in_every_mode():
    # Given grey seeds, then nothing anywhere has a hue
    modes = derive(ThemeSpec.read({"seeds": dict.fromkeys(SEEDS, "#4a4a4a")}))
    for mode in MODES:
        assert [name for name, value in modes.of(mode).items() if not to_oklch(value).is_grey] == []


def test_care_mode_reads_its_small_print_easily():
    modes = derive(brand("#2456b0"))
    for mode in ("care", "care-dark"):
        assert contrast(modes.of(mode)["ink-2"], modes.of(mode)["card"]) >= 7


@pytest.mark.parametrize(
    ("data", "where"),
    [
        ([], ""),
        ({"seeds": []}, "seeds"),
        ({"seeds": {"brand": "red"}}, "seeds.brand"),
        ({"seeds": {"brand": "#fff"}}, "seeds.brand"),
        ({"seeds": {"brand": "#0a6f8a;}body{display:none"}}, "seeds.brand"),
        ({"seeds": {"brand": 7}}, "seeds.brand"),
        ({"light": {"ink": "url(https://elsewhere.example/)"}}, "light.ink"),
        ({"light": {"x;}": "#000000"}}, "light.x;}"),
        ({"choices": {"header": "blinking"}}, "choices.header"),
        ({"choices": {"nothing": "plain"}}, "choices.nothing"),
        ({"numbers": {"radius": 29}}, "numbers.radius"),
        ({"numbers": {"radius": "1e1"}}, "numbers.radius"),
        ({"numbers": {"radius": True}}, "numbers.radius"),
        ({"numbers": {"radius": "16px"}}, "numbers.radius"),
        ({"scripts": {}}, "scripts"),
    ],
)
def test_only_valid_values_are_a_theme(data, where):
    # Given values that are none, when they are read, then each is refused with a sentence at its place
    with pytest.raises(BadTheme) as refused:
        ThemeSpec.read(data)
    assert where in refused.value.errors


def test_a_theme_survives_being_written_down():
    data = {"seeds": {"brand": "#2A7958"}, "choices": {"icons": "solid"}, "numbers": {"radius": "8"}}
    spec = ThemeSpec.read(data)
    assert ThemeSpec.read(spec.as_data()) == spec
    assert spec.as_data()["seeds"] == {"brand": "#2a7958"}


def test_the_style_sheet_of_a_campus_wins_only_there():
    # Given a theme for one campus, then every rule of its style sheet is bound to that campus
    css = sheet(brand("#2a7958"), campus="east")
    selectors = [line.split("{")[0].strip() for line in css.splitlines() if "{" in line and "@media" not in line]
    assert selectors and all(selector.startswith(':root[data-campus="east"]') for selector in selectors)
    with pytest.raises(ValueError, match="x"):
        sheet(ThemeSpec(), campus='x"]{}')


@pytest.mark.parametrize("choice", CHOICES, ids=lambda choice: choice.name)
def test_every_option_makes_a_style_sheet_with_the_same_tokens(choice):
    # Given each option of a choice, then it sets exactly the tokens its neighbours set: none leaks from another theme
    names = {option: {name for name, _value in facts.tokens} for option, facts in choice.options.items()}
    assert len(set(map(frozenset, names.values()))) == 1, names
    for option in choice.options:
        assert sheet(ThemeSpec.read({"choices": {choice.name: option}})).count("{") == sheet(ThemeSpec()).count(
            "{"
        ) or (any(facts.rules for facts in choice.options.values()))


def test_squeezing_keeps_what_counts():
    css = '/* a */\n.a  .b {\n  color : red;\n  background: url("x y");\n}\n'
    css += "@media (min-width: 1px) { a { b: calc(1px + 2px); } }\n"
    small = squeezed(css)
    assert "a */" not in small and ".a .b{" in small and "calc(1px + 2px)" in small and 'url("x y")' in small
