"""The design tokens must be readable: contrast by WCAG 2.1 in light and in dark, and one set of names."""

import re
from pathlib import Path

import pytest

import themes

TOKENS = Path(themes.__file__).parent / "static/themes/css/tokens.css"

TEXT_PAIRS = [
    *[
        (ink, ground)
        for ink in ("ink", "ink-2", "brand", "ok", "few", "danger")
        for ground in ("card", "ground", "raised", "sunken")
    ],
    *[(name, f"{name}-soft") for name in ("brand", "ok", "few", "danger")],
    *[("ink", f"{name}-soft") for name in ("brand", "ok", "few", "danger")],
    *[("ink-2", f"{name}-soft") for name in ("brand", "few", "ok")],
    *[
        (f"tone-{tone}", ground)
        for tone in ("teal", "green", "blue", "amber", "violet", "red", "slate")
        for ground in (f"tone-{tone}-soft", "card")
    ],
    ("brand-strong", "card"),
    ("brand-strong", "brand-soft"),
    ("on-brand", "brand"),
    ("on-brand", "brand-strong"),
    *[(ink, hero) for ink in ("on-hero", "on-hero-2") for hero in ("hero-1", "hero-2", "hero-3")],
]


def blocks(css: str) -> dict[str, dict[str, str]]:
    """Return the custom properties of each rule of the token file, by its selector."""
    plain = re.sub(r"/\*.*?\*/", "", css, flags=re.S)
    found = {}
    for selector, body in re.findall(r"(:root[^{}]*)\{([^{}]*)\}", plain):
        found[selector.strip()] = dict(re.findall(r"--ph-([\w-]+):\s*([^;]+);", body))
    return found


def luminance(colour: str) -> float:
    """Return the relative luminance of ``#rrggbb`` (WCAG 2.1)."""
    channels = [int(colour[place : place + 2], 16) / 255 for place in (1, 3, 5)]
    red, green, blue = (part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in channels)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str) -> float:
    """Return the contrast ratio of two colours, 1 to 21."""
    dark, light = sorted((luminance(one), luminance(other)))
    return (light + 0.05) / (dark + 0.05)


@pytest.fixture(scope="module")
def rules() -> dict[str, dict[str, str]]:
    return blocks(TOKENS.read_text(encoding="utf-8"))


def test_contrast_formula_known_values():
    # Given the two ends of the scale and a grey published as exactly at the limit
    # When their contrast is computed, then it is what WCAG says
    assert contrast("#000000", "#ffffff") == pytest.approx(21)
    assert contrast("#767676", "#ffffff") == pytest.approx(4.54, abs=0.01)


@pytest.mark.req("G1.4")
@pytest.mark.parametrize("mode", [":root", ':root[data-mode="dark"]'])
@pytest.mark.parametrize(("ink", "ground"), TEXT_PAIRS)
def test_text_is_readable(rules, mode, ink, ground):
    # Given the tokens of a mode, when a text colour stands on a ground it is used on
    ratio = contrast(rules[mode][ink], rules[mode][ground])
    # Then the contrast is at least 4.5
    assert ratio >= 4.5, f"{ink} on {ground}: {ratio:.2f}"


@pytest.mark.parametrize("mode", [":root", ':root[data-mode="dark"]'])
@pytest.mark.parametrize("ground", ["card", "ground"])
def test_control_edges_are_visible(rules, mode, ground):
    # Given a form control, when its edge stands on card or ground, then it reaches 3:1 (WCAG 1.4.11)
    assert contrast(rules[mode]["line-strong"], rules[mode][ground]) >= 3


def test_dark_by_choice_and_by_device_are_the_same(rules):
    # Given dark mode chosen and dark mode of the device, then no value differs
    assert rules[':root[data-mode="dark"]'] == rules[":root:not([data-mode])"]


def test_dark_defines_every_colour(rules):
    # Given all colours of the light theme, then dark has a value for each
    colours = {name for name, value in rules[":root"].items() if value.startswith("#")}
    assert colours <= set(rules[':root[data-mode="dark"]'])


def test_care_mode_enlarges_type_and_targets(rules):
    # Given a size of the normal mode, when care mode is on
    normal, care = rules[":root"], rules[":root[data-care]"]
    # Then every type step grows by 4 pixels (a quarter rem), lines by 1.6, targets to 48 or more
    for name in [name for name in normal if name.startswith("fs-")]:
        assert float(care[name].removesuffix("rem")) - float(normal[name].removesuffix("rem")) == pytest.approx(0.25)
    assert float(care["leading"]) >= 1.6
    assert int(care["touch"].removesuffix("px")) >= 48
