"""The style sheet of tokens: written from the palette, readable by WCAG 2.1, one set of names, larger in care mode."""

import re

import pytest

from themes.design.colour import contrast
from themes.design.pairs import PAIRS
from themes.design.sheet import CARE_LEAST_PX
from themes.management.commands.make_tokens import TOKENS, text

LIGHT, DARK, CARE = ":root", ':root[data-mode="dark"]', ":root[data-care]"


def blocks(css: str) -> dict[str, dict[str, str]]:
    """Return the custom properties of each rule of the token file, by its selector."""
    plain = re.sub(r"/\*.*?\*/", "", css, flags=re.S)
    found = {}
    for selector, body in re.findall(r"(:root[^{}]*)\{([^{}]*)\}", plain):
        found[selector.strip()] = dict(re.findall(r"--ph-([\w-]+):\s*([^;]+);", body))
    return found


@pytest.fixture(scope="module")
def rules() -> dict[str, dict[str, str]]:
    return blocks(TOKENS.read_text(encoding="utf-8"))


def test_file_is_what_the_palette_writes():
    # Given the palette, then the file is not stale (manage.py make_tokens writes it)
    assert TOKENS.read_text(encoding="utf-8") == text()


def test_contrast_formula_known_values():
    # Given the two ends of the scale and a grey published as exactly at the limit
    # When their contrast is computed, then it is what WCAG says
    assert contrast("#000000", "#ffffff") == pytest.approx(21)
    assert contrast("#767676", "#ffffff") == pytest.approx(4.54, abs=0.01)


@pytest.mark.req("G1.4")
@pytest.mark.parametrize("mode", [LIGHT, DARK])
@pytest.mark.parametrize("pair", PAIRS, ids=lambda pair: f"{pair.ink} on {pair.ground}")
def test_text_and_edges_are_readable(rules, mode, pair):
    # Given the tokens of a mode, when a colour stands on a ground it is used on, then the contrast is enough
    assert contrast(rules[mode][pair.ink], rules[mode][pair.ground]) >= pair.minimum


def test_dark_by_choice_and_by_device_are_the_same(rules):
    # Given dark mode chosen and dark mode of the device, then no value differs
    assert rules[DARK] == rules[":root:not([data-mode])"]


def test_dark_defines_every_colour(rules):
    # Given all colours of the light theme, then dark has a value for each
    assert {name for name, value in rules[LIGHT].items() if value.startswith("#")} <= set(rules[DARK])


@pytest.mark.req("G1.4")
def test_care_mode_enlarges_type_and_targets(rules):
    # Given a size of the normal mode, when care mode is on
    normal, care = rules[LIGHT], rules[CARE]

    def px(value: str) -> float:
        return float(value.removesuffix("rem")) * 16

    # Then every type step grows by 4 pixels and is 18 at least, lines by 1.6, targets are 48 or more
    for name in [name for name in normal if name.startswith("fs-")]:
        assert px(care[name]) == pytest.approx(max(CARE_LEAST_PX, px(normal[name]) + 4))
    assert float(care["leading"]) >= 1.6
    assert int(care["touch"].removesuffix("px")) >= 48
