"""Style declarations of pasted texts: what may stay, read token by token and written anew.

Nothing is copied: a value is put together from tokens this module understands, so that no address, no script, no
brace and no escape of a browser's own can hide in it.
"""

from collections.abc import Iterable
from functools import lru_cache
from typing import Any, Final

import tinycss2

_BOX = ("margin", "padding")
_SIDES = ("top", "right", "bottom", "left")
_CORNERS = ("top-left", "top-right", "bottom-left", "bottom-right")

PROPERTIES: Final = frozenset(
    {
        *(f"{box}-{side}" for box in _BOX for side in _SIDES),
        *_BOX,
        *("border", "border-width", "border-style", "border-color", "border-collapse", "border-spacing"),
        *(f"border-{side}" for side in _SIDES),
        *(f"border-{side}-{part}" for side in _SIDES for part in ("width", "style", "color")),
        *("border-radius", *(f"border-{corner}-radius" for corner in _CORNERS)),
        *("background", "background-color", "background-image", "background-size", "background-repeat"),
        *("background-position", "box-shadow", "text-shadow", "opacity", "box-sizing"),
        *("color", "font-size", "font-weight", "font-style", "text-align", "text-align-last", "text-decoration"),
        *("text-decoration-line", "text-decoration-color", "text-decoration-style", "text-indent", "text-transform"),
        *("letter-spacing", "word-spacing", "line-height", "white-space", "word-break", "overflow-wrap"),
        *("vertical-align", "writing-mode", "list-style", "list-style-type", "list-style-position"),
        *("display", "width", "height", "min-width", "min-height", "max-width", "max-height", "overflow"),
        *("float", "clear", "table-layout", "object-fit", "transform", "transform-origin"),
        *("flex", "flex-grow", "flex-shrink", "flex-basis", "flex-direction", "flex-wrap", "flex-flow", "order"),
        *("justify-content", "align-items", "align-self", "align-content", "gap", "row-gap", "column-gap"),
    }
)
UNITS: Final = frozenset({"px", "pt", "em", "rem", "ex", "ch", "cm", "mm", "in", "deg", "turn", "rad"})
FUNCTIONS: Final = frozenset(
    {
        *("rgb", "rgba", "hsl", "hsla", "linear-gradient", "radial-gradient", "repeating-linear-gradient"),
        *("rotate", "rotatez", "rotatex", "rotatey", "rotate3d", "scale", "scalex", "scaley", "scale3d"),
        *("translate", "translatex", "translatey", "translate3d", "skew", "skewx", "skewy", "matrix", "perspective"),
    }
)
# Words that would lift a text out of its place, or that belong to other browsers' tricks.
BAD_WORDS: Final = frozenset({"fixed", "absolute", "sticky", "expression", "javascript", "behavior", "url", "var"})
DISPLAYS: Final = frozenset(
    {
        *("block", "inline", "inline-block", "flex", "inline-flex", "none", "table", "table-row", "table-cell"),
        *("inline-table", "table-row-group", "list-item", "grid"),
    }
)
LARGEST: Final = 4000
FARTHEST: Final = -60  # pixels a part may be pulled over its neighbour
FAINTEST: Final = 0.2
LONGEST_STYLE: Final = 4000


class _Refused(Exception):
    """A token that has no place here."""


@lru_cache(maxsize=4096)
def clean_style(style: str) -> str:
    """Return the declarations that may stay, in their order, as ``name:value;name:value``; empty where none may."""
    kept: dict[str, str] = {}
    for one in tinycss2.parse_blocks_contents(style[:LONGEST_STYLE], skip_comments=True, skip_whitespace=True):
        if one.type != "declaration" or one.lower_name not in PROPERTIES:
            continue
        try:
            value = " ".join("".join(_written(one.lower_name, one.value)).split())
        except _Refused:
            continue
        if value and _sensible(one.lower_name, value):
            kept.pop(one.lower_name, None)
            kept[one.lower_name] = value
    return ";".join(f"{name}:{value}" for name, value in kept.items())


def _sensible(name: str, value: str) -> bool:
    if name == "display":
        return value in DISPLAYS
    if name == "opacity":
        return value[0].isdigit() and "%" not in value and float(value) >= FAINTEST
    return True


def _written(name: str, tokens: Iterable[Any]) -> Iterable[str]:
    for token in tokens:
        match token.type:
            case "whitespace":
                yield " "
            case "comment":
                continue
            case "literal" if token.value in {",", "/"}:
                yield token.value
            case "ident":
                yield _word(token.lower_value)
            case "hash" if all(c in "0123456789abcdefABCDEF" for c in token.value) and len(token.value) in {3, 4, 6, 8}:
                yield f"#{token.value.lower()}"
            case "number":
                yield _number(name, token.value)
            case "percentage":
                yield f"{_number(name, token.value)}%"
            case "dimension" if token.lower_unit in UNITS:
                yield f"{_number(name, token.value)}{token.lower_unit}"
            case "function" if token.lower_name in FUNCTIONS:
                yield f"{token.lower_name}({''.join(_written(name, token.arguments))})"
            case _:
                raise _Refused(token.type)


def _word(word: str) -> str:
    plain = word.replace("-", "")
    if word in BAD_WORDS or not plain.isascii() or not plain.isalpha():
        raise _Refused(word)
    return word


def _number(name: str, value: float) -> str:
    if not -LARGEST <= value <= LARGEST or (value < FARTHEST and name.startswith(("margin", "text-indent"))):
        raise _Refused(str(value))
    return f"{value:.3f}".rstrip("0").rstrip(".") if value % 1 else str(int(value))
