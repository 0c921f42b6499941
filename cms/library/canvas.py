"""An SVG canvas as wide as a phone: cards, words, icons and pictures, in the look of the default theme."""

import base64
import re
from functools import cache
from typing import Final
from xml.sax.saxutils import escape, quoteattr

from django.contrib.staticfiles import finders

WIDTH: Final = 300
HEIGHT: Final = 520
EDGE: Final = 12
INNER: Final = WIDTH - 2 * EDGE
FONT: Final = "PingFang SC, HarmonyOS Sans SC, Noto Sans CJK SC, Microsoft YaHei, sans-serif"
BRAND, BRAND_SOFT, GROUND, CARD, LINE = "#0a6f8a", "#e3f2f4", "#f3f6f7", "#ffffff", "#e7edef"
INK, INK_SOFT, BAR = "#12262e", "#5b6b72", "#dfe7ea"
FIRST_WIDE: Final = 0x2E80  # Chinese characters and full-width marks begin here
# tone: (word, ground)
TONES: Final = {
    "teal": ("#0a6f8a", "#e0f2f4"),
    "green": ("#0b7a43", "#e4f4e8"),
    "blue": ("#2456b0", "#e7effc"),
    "amber": ("#945400", "#fff0d9"),
    "violet": ("#633fb0", "#f0eafb"),
    "red": ("#b3261e", "#fdeae7"),
    "slate": ("#42545c", "#e9eff1"),
}
_SYMBOL = re.compile(r'<symbol id="([^"]+)"([^>]*)>(.*?)</symbol>', re.DOTALL)
# What XML cannot hold.
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ufffe\uffff\ud800-\udfff]")


@cache
def _icons() -> dict[str, tuple[str, str]]:
    found: dict[str, tuple[str, str]] = {}
    for sprite in ("actions", "medical"):
        path = finders.find(f"themes/icons/{sprite}.svg")
        if path:
            with open(path, encoding="utf-8") as file:
                for name, attributes, content in _SYMBOL.findall(file.read()):
                    found[name] = (attributes, content) if "stroke=" in attributes else _filled(attributes, content)
    return found


def _filled(attributes: str, content: str) -> tuple[str, str]:
    """Give the medical set, filled shapes on an empty ground, the colour of the words."""
    return attributes.replace('fill="none"', ""), content.replace("<path ", '<path fill="currentColor" ')


def width_of(text: str) -> float:
    """Return the width of a text in ems: a Chinese character is one, a Latin letter about half."""
    return sum(1 if ord(character) >= FIRST_WIDE else 0.55 for character in text)


def lines_of(text: str, size: float, width: float, most: int) -> list[str]:
    """Break a text into at most ``most`` lines; the last one ends in … where something is left."""
    room, lines, line = width / size, [], ""
    for character in " ".join(text.split()):
        if width_of(line + character) > room:
            lines.append(line)
            line = ""
            if len(lines) == most:
                break
        line += character
    else:
        return [*lines, line] if line else lines
    lines[-1] = lines[-1][:-1] + "…"
    return lines


class Canvas:
    """Grows from the top down; ``y`` is where the next thing stands."""

    def __init__(self) -> None:
        self.parts: list[str] = []
        self.y: float = 0
        self.pictures = 0

    @property
    def is_full(self) -> bool:
        """Whether nothing more would be seen."""
        return self.y >= HEIGHT

    def rect(self, x: float, y: float, w: float, h: float, fill: str, radius: float = 0) -> None:
        """Draw a rectangle."""
        self.parts.append(f'<rect x="{x:g}" y="{y:g}" width="{w:g}" height="{h:g}" rx="{radius:g}" fill="{fill}"/>')

    def circle(self, x: float, y: float, radius: float, fill: str) -> None:
        """Draw a disc."""
        self.parts.append(f'<circle cx="{x:g}" cy="{y:g}" r="{radius:g}" fill="{fill}"/>')

    def text(
        self,
        x: float,
        y: float,
        words: str,
        *,
        size: float = 11,
        fill: str = INK,
        bold: bool = False,
        middle: bool = False,
        width: float = INNER,
    ) -> None:
        """Write one line with its foot at ``y``, cut to ``width``."""
        line = next(iter(lines_of(_CONTROL.sub("", words), size, width, 1)), "")
        if line:
            weight = ' font-weight="600"' if bold else ""
            anchor = ' text-anchor="middle"' if middle else ""
            self.parts.append(
                f'<text x="{x:g}" y="{y:g}" font-size="{size:g}" fill="{fill}"{weight}{anchor}>{escape(line)}</text>'
            )

    def icon(self, name: str, x: float, y: float, size: float, colour: str) -> bool:
        """Draw an icon of the portal's set; tell whether there is one of that name."""
        found = _icons().get(name)
        if found is None:
            return False
        attributes, content = found
        self.parts.append(
            f'<svg x="{x:g}" y="{y:g}" width="{size:g}" height="{size:g}" color="{colour}"{attributes}>{content}</svg>'
        )
        return True

    def picture(self, data: bytes, kind: str, x: float, y: float, w: float, h: float, radius: float = 10) -> None:
        """Lay a picture, already of the right shape, over a rectangle with round corners."""
        self.pictures += 1
        name = f"p{self.pictures}"
        address = quoteattr(f"data:image/{kind};base64,{base64.b64encode(data).decode()}")
        self.parts.append(
            f'<clipPath id="{name}"><rect x="{x:g}" y="{y:g}" width="{w:g}" height="{h:g}" rx="{radius:g}"/></clipPath>'
            f'<image href={address} x="{x:g}" y="{y:g}" width="{w:g}" height="{h:g}" '
            f'preserveAspectRatio="xMidYMid slice" clip-path="url(#{name})"/>'
        )

    def no_picture(self, x: float, y: float, w: float, h: float, radius: float = 10) -> None:
        """Draw the place of a picture that has not been chosen yet."""
        self.rect(x, y, w, h, "#d3e6ea", radius)
        base, unit = y + h * 0.82, min(w, h)
        left = x + w / 2 - unit * 0.45
        self.parts.append(
            f'<path d="M{left:g} {base:g} l{unit * 0.32:g} {-unit * 0.42:g} l{unit * 0.2:g} {unit * 0.22:g} '
            f'l{unit * 0.14:g} {-unit * 0.14:g} l{unit * 0.24:g} {unit * 0.34:g} z" fill="#8fb8c2"/>'
        )
        self.circle(left + unit * 0.72, y + h * 0.3, unit * 0.07, "#8fb8c2")

    def card(self, height: float, fill: str = CARD) -> float:
        """Draw a card at ``y``, leave air below it and return its top."""
        top = self.y
        self.rect(EDGE, top, INNER, height, fill, 12)
        self.y = top + height + 10
        return top

    def svg(self) -> str:
        """Return the drawing."""
        return (
            f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" font-family="{FONT}">'
            f'<rect width="{WIDTH}" height="{HEIGHT}" fill="{GROUND}"/>{"".join(self.parts)}</svg>'
        )
