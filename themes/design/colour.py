"""Colours as eyes see them: sRGB ↔ OKLCH (Björn Ottosson, 2020), contrast by WCAG 2.1."""

import math
import re
from functools import lru_cache
from typing import Final, NamedTuple

HEX: Final = re.compile(r"#[0-9a-f]{6}")
_GREY_CHROMA: Final = 0.001
_STEPS: Final = 20


class Oklch(NamedTuple):
    """Lightness 0–1, chroma 0–0.37, hue in degrees."""

    lightness: float
    chroma: float
    hue: float

    @property
    def is_grey(self) -> bool:
        """Whether the hue says nothing."""
        return self.chroma < _GREY_CHROMA


def _channels(colour: str) -> tuple[float, float, float]:
    red, green, blue = (int(colour[place : place + 2], 16) / 255 for place in (1, 3, 5))
    return red, green, blue


def _linear(part: float) -> float:
    return part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4  # noqa: PLR2004  # sRGB's own numbers


def _encoded(part: float) -> float:
    return 12.92 * part if part <= 0.0031308 else 1.055 * part ** (1 / 2.4) - 0.055  # noqa: PLR2004


@lru_cache(maxsize=4096)
def to_oklch(colour: str) -> Oklch:
    """Return ``#rrggbb`` in OKLCH."""
    r, g, b = (_linear(part) for part in _channels(colour))
    long = (0.4122214708 * r + 0.5363325363 * g + 0.0514459929 * b) ** (1 / 3)
    middle = (0.2119034982 * r + 0.6806995451 * g + 0.1073969566 * b) ** (1 / 3)
    short = (0.0883024619 * r + 0.2817188376 * g + 0.6299787005 * b) ** (1 / 3)
    lightness = 0.2104542553 * long + 0.7936177850 * middle - 0.0040720468 * short
    a = 1.9779984951 * long - 2.4285922050 * middle + 0.4505937099 * short
    bb = 0.0259040371 * long + 0.7827717662 * middle - 0.8086757660 * short
    return Oklch(lightness, math.hypot(a, bb), math.degrees(math.atan2(bb, a)) % 360)


def _to_linear(colour: Oklch) -> tuple[float, float, float]:
    a = colour.chroma * math.cos(math.radians(colour.hue))
    b = colour.chroma * math.sin(math.radians(colour.hue))
    long = (colour.lightness + 0.3963377774 * a + 0.2158037573 * b) ** 3
    middle = (colour.lightness - 0.1055613458 * a - 0.0638541728 * b) ** 3
    short = (colour.lightness - 0.0894841775 * a - 1.2914855480 * b) ** 3
    return (
        4.0767416621 * long - 3.3077115913 * middle + 0.2309699292 * short,
        -1.2684380046 * long + 2.6097574011 * middle - 0.3413193965 * short,
        -0.0041960863 * long - 0.7034186147 * middle + 1.7076147010 * short,
    )


def _shown(colour: Oklch) -> bool:
    return all(-0.0005 <= part <= 1.0005 for part in _to_linear(colour))  # noqa: PLR2004  # a rounding's width


@lru_cache(maxsize=4096)
def to_hex(colour: Oklch) -> str:
    """Return ``#rrggbb``; what screens cannot show loses chroma, never lightness or hue."""
    lightness = min(1.0, max(0.0, colour.lightness))
    low, high = 0.0, colour.chroma
    fitting = Oklch(lightness, colour.chroma, colour.hue)
    if not _shown(fitting):
        for _step in range(_STEPS):
            middle = (low + high) / 2
            low, high = (middle, high) if _shown(Oklch(lightness, middle, colour.hue)) else (low, middle)
        fitting = Oklch(lightness, low, colour.hue)
    parts = (round(255 * _encoded(min(1.0, max(0.0, part)))) for part in _to_linear(fitting))
    return "#" + "".join(f"{part:02x}" for part in parts)


@lru_cache(maxsize=4096)
def luminance(colour: str) -> float:
    """Return the relative luminance of ``#rrggbb`` (WCAG 2.1)."""
    red, green, blue = (_linear(part) for part in _channels(colour))
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str) -> float:
    """Return the contrast ratio of two colours, 1 to 21."""
    dark, light = sorted((luminance(one), luminance(other)))
    return (light + 0.05) / (dark + 0.05)


def readable(colour: str, grounds: list[str], minimum: float) -> str:
    """Return the colour nearest in lightness that reaches ``minimum`` on every ground; hue and chroma stay.

    Goes away from the grounds first; where even the end of that way is too near, the other way. Where neither end
    reaches it (grounds both light and dark), the colour comes back as it was.
    """
    if all(contrast(colour, ground) >= minimum for ground in grounds):
        return colour
    start = to_oklch(colour)
    darker_first = sum(luminance(ground) for ground in grounds) / len(grounds) > luminance(colour)
    for goal in (0.0, 1.0) if darker_first else (1.0, 0.0):
        end = to_hex(start._replace(lightness=goal))
        if any(contrast(end, ground) < minimum for ground in grounds):
            continue
        near, far = start.lightness, goal
        for _step in range(_STEPS):
            middle = (near + far) / 2
            tried = to_hex(start._replace(lightness=middle))
            passes = all(contrast(tried, ground) >= minimum for ground in grounds)
            near, far = (near, middle) if passes else (middle, far)
        return to_hex(start._replace(lightness=far))
    return colour
