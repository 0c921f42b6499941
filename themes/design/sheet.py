"""A theme's style sheet: only custom properties and rules written here, only values that were validated."""

import re
from collections.abc import Iterable, Mapping
from typing import Final

from themes.design.choices import CHOICES, FONT
from themes.design.derive import derive
from themes.design.palette import FIXED_DARK, FIXED_LIGHT
from themes.design.spec import ThemeSpec

# px at 正文字号 15; everything else grows with it.
TYPE_STEPS: Final[dict[str, float]] = {
    "fs-tiny": 12,
    "fs-caption": 13,
    "fs-body": 15,
    "fs-row": 16,
    "fs-title": 17,
    "fs-head": 20,
    "fs-result": 22,
    "fs-money": 24,
}
_BODY_STEP: Final = TYPE_STEPS["fs-body"]
CARE_LEAST_PX: Final = 18
ROOT_PX: Final = 16
CAMPUS: Final = re.compile(r"[A-Za-z0-9_.-]{1,40}")


def _declarations(values: Mapping[str, str]) -> str:
    return "".join(f"  --ph-{name}: {value};\n" for name, value in values.items())


def _rule(selector: str, values: Mapping[str, str], *, scheme: str = "") -> str:
    first = f"  color-scheme: {scheme};\n" if scheme else ""
    return f"{selector} {{\n{first}{_declarations(values)}}}\n"


def _rem(px: float) -> str:
    text = f"{px / ROOT_PX:.4f}".rstrip("0").rstrip(".")
    return (text.removeprefix("0") or "0") + "rem"


def _shape(spec: ThemeSpec) -> dict[str, str]:
    scale = spec.number("text") / _BODY_STEP
    values = {
        "radius": f"{spec.number('radius')}px",
        "radius-control": f"{spec.number('radius-control')}px",
        "radius-pill": "99px",
        **{name: _rem(round(px * scale, 1)) for name, px in TYPE_STEPS.items()},
        "leading": f"{spec.number('leading') / 100:g}",
        "touch": "44px",
        "icon": "24px",
        "bar": "52px",
        "tabs": "56px",
        "column": "560px",
        "motion": "160ms",
        "font": FONT,
    }
    for choice in CHOICES:
        values |= dict(choice.options[spec.choice(choice.name)].tokens)
    return values


def care_sizes(spec: ThemeSpec) -> dict[str, str]:
    """Return the sizes of care mode: every text larger and at least 18 px, looser lines, larger targets."""
    scale, more = spec.number("text") / _BODY_STEP, spec.number("care-text")
    touch = spec.number("care-touch")
    return {
        **{name: _rem(max(CARE_LEAST_PX, round(px * scale, 1) + more)) for name, px in TYPE_STEPS.items()},
        "leading": f"{max(spec.number('care-leading'), spec.number('leading')) / 100:g}",
        "touch": f"{touch}px",
        "icon": "28px",
        "bar": f"{touch + 4}px",
        "tabs": f"{touch + 16}px",
    }


def _different(values: Mapping[str, str], base: Mapping[str, str]) -> dict[str, str]:
    return {name: value for name, value in values.items() if base.get(name) != value}


def sheet(spec: ThemeSpec, *, campus: str = "", own_rules: Iterable[tuple[str, str]] = ()) -> str:
    """Return the style sheet of a theme, for the whole site or only where ``<html data-campus>`` is this campus.

    ``campus`` is a campus code of ASCII letters, digits, dot, dash and underscore; ValueError for any other.
    """
    if campus and not CAMPUS.fullmatch(campus):
        raise ValueError(campus)
    root = f':root[data-campus="{campus}"]' if campus else ":root"
    modes = derive(spec)
    sizes, care = _shape(spec), care_sizes(spec)
    dark = {**modes.dark, **FIXED_DARK}
    care_dark = _different(modes.care_dark, modes.dark) | {
        name: modes.care_dark[name] for name in _different(modes.care, modes.light)
    }
    by_device = f"{root}:not([data-mode])"
    parts = [
        _rule(root, {**modes.light, **FIXED_LIGHT, **sizes}, scheme="light"),
        _rule(f'{root}[data-mode="dark"]', dark, scheme="dark"),
        f"@media (prefers-color-scheme: dark) {{\n{_rule(by_device, dark, scheme='dark')}}}\n",
        _rule(f"{root}[data-care]", {**care, **_different(modes.care, modes.light)}),
        _rule(f'{root}[data-care][data-mode="dark"]', care_dark) if care_dark else "",
        f"@media (prefers-color-scheme: dark) {{\n{_rule(f'{by_device}[data-care]', care_dark)}}}\n"
        if care_dark
        else "",
    ]
    for choice in CHOICES:
        rules = choice.options[spec.choice(choice.name)].rules
        parts += [f"{root} {selector} {{ {body} }}\n" for selector, body in rules]
    parts += [f"{root} {selector} {{ {body} }}\n" for selector, body in own_rules]
    return "".join(parts)


def squeezed(css: str) -> str:
    """Return the style sheet without comments and needless white space."""
    css = re.sub(r"/\*.*?\*/", "", css, flags=re.S)
    css = re.sub(r"\s+", " ", css)
    css = re.sub(r"\s*([{};,])\s*", r"\1", css)
    css = re.sub(r":\s+", ":", css)
    return css.replace(";}", "}").strip() + "\n"
