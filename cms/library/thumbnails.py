"""The picture of a page template, drawn from its blocks without a browser.

Nothing here knows a block by name where its definition says enough: a list of things with an icon is a grid, with a
picture a row of cards, a rich text is words. So blocks that do not exist yet are recognisable too.
"""

import io
from collections.abc import Callable, Mapping
from html import unescape
from re import split
from typing import Any

from django.utils.html import strip_tags
from PIL import Image as Pillow
from wagtail.blocks import Block, ListBlock, RichTextBlock, StructBlock
from wagtail.images import get_image_model
from wagtail.images.blocks import ImageBlock, ImageChooserBlock

from blocks.registry import block_classes
from blocks.shared import expansion
from cms.library.canvas import (
    BAR,
    BRAND,
    BRAND_SOFT,
    CARD,
    EDGE,
    INK_SOFT,
    INNER,
    LINE,
    TONES,
    WIDTH,
    Canvas,
    lines_of,
)

MOST_PICTURES = 6
_TEXT, _SIZE = "text", 10.5
TITLE_NAMES = ("title", "label", "name", "heading", "question", "caption", "when", "text")
WORDS_NAMES = ("summary", "text", "description", "answer", "content", "body", "note", "subtitle", "number")


def draw(raw: list[dict[str, Any]], *, title: str, presets: Mapping[str, Any]) -> str:
    """Return the picture of a page with these blocks as SVG."""
    canvas = Canvas()
    if presets.get("is_home_style"):
        canvas.rect(0, 0, WIDTH, 74, BRAND)
        canvas.icon("hospital", EDGE, 14, 22, "#ffffff")
        canvas.text(EDGE + 30, 30, title or "掌上医院", size=14, fill="#ffffff", bold=True)
        canvas.rect(EDGE, 44, INNER, 22, "#ffffff", 11)
        canvas.icon("search", EDGE + 8, 48, 14, INK_SOFT)
        canvas.y = 84
    elif presets.get("show_title_bar", True):
        canvas.rect(0, 0, WIDTH, 38, CARD)
        canvas.text(WIDTH / 2, 24, title, size=13, bold=True, middle=True, width=INNER)
        canvas.y = 48
    else:
        canvas.y = 12
    classes = block_classes()
    for item in expansion.expand(raw):
        if canvas.is_full:
            break
        if item["type"] in classes:
            _block(canvas, classes[item["type"]](), item.get("value") or {}, item["type"])
    if not raw:
        canvas.rect(EDGE, canvas.y, INNER, 120, CARD, 12)
        canvas.icon("plus", WIDTH / 2 - 16, canvas.y + 34, 32, "#8fb8c2")
        canvas.text(WIDTH / 2, canvas.y + 88, "从空白开始", size=12, fill=INK_SOFT, middle=True)
    return canvas.svg()


def _block(canvas: Canvas, block: Any, value: Mapping[str, Any], kind: str) -> None:
    if block.delivery == "island" or block.serves:
        _live(canvas, block, kind)
        return
    items = next(((name, child) for name, child in block.child_blocks.items() if _is_list_of_structs(child)), None)
    if items is not None:
        _list(canvas, value, items[0], items[1].child_block, kind)
    elif picture := _named(block, (ImageBlock, ImageChooserBlock)):
        _picture(canvas, value, picture)
    elif text := _named(block, (RichTextBlock,)):
        _words(canvas, _string(value, TITLE_NAMES[:4]), str(value.get(text) or ""), _ground(value))
    else:
        _bar(canvas, _string(value, TITLE_NAMES) or str(block.label), kind)


def _is_list_of_structs(block: Block) -> bool:
    return isinstance(block, ListBlock) and isinstance(block.child_block, StructBlock)


def _named(block: StructBlock, kinds: tuple[type[Block], ...]) -> str:
    return next((name for name, child in block.child_blocks.items() if isinstance(child, kinds)), "")


def _string(value: Mapping[str, Any], names: tuple[str, ...]) -> str:
    return next(
        (strip_tags(str(value[name])) for name in names if isinstance(value.get(name), str) and value[name]), ""
    )


def _items(value: Mapping[str, Any], name: str) -> list[Mapping[str, Any]]:
    found = [item.get("value", item) if isinstance(item, Mapping) else item for item in value.get(name) or []]
    return [item for item in found if isinstance(item, Mapping)]


# --- lists of things -----------------------------------------------------------------------------------------------


def _list(canvas: Canvas, value: Mapping[str, Any], name: str, child: Any, kind: str) -> None:
    items = _items(value, name)
    title = _string(value, ("title", "heading"))
    has_picture = bool(_named(child, (ImageBlock, ImageChooserBlock)))
    if "icon" in child.child_blocks and "columns" in value:
        _grid(canvas, title, items, int(value.get("columns") or 4))
    elif has_picture and (name in {"slides", "pictures", "images"} or "link" not in child.child_blocks):
        _wide(canvas, items, _named(child, (ImageBlock, ImageChooserBlock)))
    else:
        marks = _marks(kind, value, has_picture=has_picture)
        _rows(canvas, title, items, marks, _named(child, (ImageBlock, ImageChooserBlock)))


def _marks(kind: str, value: Mapping[str, Any], *, has_picture: bool) -> str:
    for part, marks in (("step", "number"), ("timeline", "dot"), ("accordion", "open"), ("faq", "open")):
        if part in kind:
            return marks
    style = value.get("style")
    return "icon" if style == "icon" else "picture" if has_picture and style in {None, "picture"} else "plain"


def _grid(canvas: Canvas, title: str, items: list[Mapping[str, Any]], columns: int) -> None:
    columns = max(1, min(columns, 5))
    rows = -(-max(len(items), 1) // columns)
    head = 24 if title else 0
    top = canvas.card(head + rows * 58 + 10)
    canvas.text(EDGE + 12, top + 20, title, size=12, bold=True)
    step = INNER / columns
    for number, item in enumerate(items):
        x, y = EDGE + step * (number % columns) + step / 2, top + head + 10 + 58 * (number // columns)
        colour, ground = TONES.get(str(item.get("tone")), TONES["teal"])
        canvas.rect(x - 15, y, 30, 30, ground, 10)
        canvas.icon(str(item.get("icon") or ""), x - 9, y + 6, 18, colour)
        canvas.text(x, y + 44, _string(item, TITLE_NAMES), size=9.5, middle=True, width=step - 4)


def _wide(canvas: Canvas, items: list[Mapping[str, Any]], picture: str) -> None:
    top, height = canvas.y, 118
    first = items[0] if items else {}
    _image(canvas, first.get(picture), EDGE, top, INNER, height)
    if words := _string(first, ("title",)):
        canvas.text(EDGE + 14, top + 46, words, size=15, fill="#ffffff", bold=True, width=INNER * 0.6)
        canvas.text(EDGE + 14, top + 66, _string(first, ("text",)), size=10, fill="#ffffff", width=INNER * 0.6)
    for number in range(min(len(items), 5)):
        x = WIDTH / 2 - (len(items) - 1) * 6 + number * 12
        canvas.circle(x, top + height - 10, 3, "#ffffff" if number == 0 else "#cfdde1")
    canvas.y = top + height + 10


def _rows(canvas: Canvas, title: str, items: list[Mapping[str, Any]], marks: str, picture: str) -> None:
    if title:
        canvas.text(EDGE + 2, canvas.y + 14, title, size=13, bold=True)
        canvas.y += 24
    height = 62 if marks == "picture" else 46
    shown = items[:6] or [{}]
    top = canvas.card(len(shown) * height + 4)
    for number, item in enumerate(shown):
        y = top + 2 + number * height
        if number:
            canvas.rect(EDGE + 12, y, INNER - 24, 1, LINE)
        x, width = EDGE + 12, INNER - 24
        colour, ground = TONES.get(str(item.get("tone")), TONES["teal"])
        if marks in {"number", "dot", "icon"}:
            canvas.circle(x + 12, y + height / 2, 12 if marks != "dot" else 5, ground if marks == "icon" else BRAND)
            if marks == "number":
                canvas.text(x + 12, y + height / 2 + 4, str(number + 1), size=11, fill="#ffffff", middle=True)
            elif marks == "icon":
                canvas.icon(str(item.get("icon") or "info"), x + 5, y + height / 2 - 7, 14, colour)
            x, width = x + 34, width - 34
        elif marks == "open":
            canvas.text(x + width - 8, y + height / 2 + 4, "＋" if number else "－", size=12, fill=INK_SOFT)
            width -= 18
        elif marks == "picture":
            _image(canvas, item.get(picture), x + width - 70, y + 6, 70, 50, 8)
            width -= 80
        words = _string(item, TITLE_NAMES) or "……"
        rest = next((t for n in WORDS_NAMES if (t := _string(item, (n,))) and t != words), "")
        canvas.text(x, y + height / 2 + (-2 if rest else 4), words, size=11.5, bold=True, width=width)
        canvas.text(x, y + height / 2 + 14, rest, size=9.5, fill=INK_SOFT, width=width)


# --- single things -------------------------------------------------------------------------------------------------


def _picture(canvas: Canvas, value: Mapping[str, Any], name: str) -> None:
    top, height = canvas.y, 128
    _image(canvas, value.get(name), EDGE, top, INNER, height)
    canvas.y = top + height + 6
    if caption := _string(value, ("caption", "title")):
        canvas.text(WIDTH / 2, canvas.y + 10, caption, size=9.5, fill=INK_SOFT, middle=True)
        canvas.y += 16
    canvas.y += 4


def _ground(value: Mapping[str, Any]) -> str:
    return {"care": "#e8f4ea", "info": BRAND_SOFT, "warning": "#fff0d9", "danger": "#fdeae7"}.get(
        str(value.get("tone")), CARD
    )


def _words(canvas: Canvas, title: str, html: str, ground: str = CARD) -> None:
    rows: list[tuple[str, bool]] = [(title, True)] if title else []
    for part in split(r"(?=<(?:h\d|p|li|blockquote)\b)", html):
        words = unescape(strip_tags(part)).strip()
        if words:
            heading = part.startswith("<h")
            dot = "· " if part.startswith("<li") else ""
            rows += [(line, heading) for line in lines_of(dot + words, _SIZE, INNER - 24, 1 if heading else 3)]
    rows = rows[:16]
    top = canvas.card(18 + sum(22 if heading else 16 for _line, heading in rows), ground)
    y = top + 8
    for line, heading in rows:
        y += 22 if heading else 16
        canvas.text(EDGE + 12, y - 4, line, size=12.5 if heading else _SIZE, bold=heading, width=INNER - 20)


def _bar(canvas: Canvas, words: str, kind: str) -> None:
    warns = any(part in kind for part in ("notice", "warn", "call_out", "callout"))
    colour, ground = TONES["amber" if warns else "teal"]
    top = canvas.card(36, ground)
    canvas.icon("speakerphone" if warns else "info", EDGE + 10, top + 10, 16, colour)
    canvas.text(EDGE + 34, top + 22, words, size=11, fill=colour, width=INNER - 50)


# --- blocks with live data -------------------------------------------------------------------------------------------


def _live(canvas: Canvas, block: Any, kind: str) -> None:
    shapes: dict[str, Callable[[Canvas, str], None]] = {
        "list": _live_list,
        "rows": _live_rows,
        "grid": _live_grid,
        "doctor": _live_doctor,
    }
    listing = "department" in kind or "list" in kind
    shapes.get("list" if block.skeleton == "card" and listing else block.skeleton, _live_card)(canvas, str(block.label))


def _live_head(canvas: Canvas, label: str, height: float) -> float:
    top = canvas.card(height)
    canvas.text(EDGE + 12, top + 22, label, size=12, bold=True)
    return top + 32


def _live_card(canvas: Canvas, label: str) -> None:
    top = canvas.card(64, BRAND_SOFT)
    canvas.circle(EDGE + 28, top + 32, 16, BRAND)
    canvas.icon("user", EDGE + 20, top + 24, 16, "#ffffff")
    canvas.text(EDGE + 56, top + 28, label, size=12.5, bold=True)
    canvas.rect(EDGE + 56, top + 38, 120, 7, "#c7dfe4", 3)


def _live_list(canvas: Canvas, label: str) -> None:
    y = _live_head(canvas, label, 156)
    for number in range(3):
        canvas.rect(EDGE + 12, y + number * 40, 28, 28, BRAND_SOFT, 9)
        canvas.rect(EDGE + 50, y + 3 + number * 40, 110 - number * 14, 9, BAR, 4)
        canvas.rect(EDGE + 50, y + 18 + number * 40, 160 - number * 22, 6, "#edf2f3", 3)


def _live_rows(canvas: Canvas, label: str) -> None:
    y = _live_head(canvas, label, 172)
    for number in range(4):
        canvas.rect(EDGE + 12, y + 4 + number * 24, 54, 8, "#edf2f3", 4)
        canvas.rect(EDGE + 90, y + 4 + number * 24, 150 - number * 20, 8, BAR, 4)
    canvas.rect(EDGE + 12, y + 104, INNER - 24, 26, BRAND, 13)


def _live_grid(canvas: Canvas, label: str) -> None:
    y = _live_head(canvas, label, 132)
    for number in range(6):
        canvas.rect(EDGE + 12 + (number % 3) * 86, y + 6 + (number // 3) * 44, 78, 36, BRAND_SOFT, 9)


def _live_doctor(canvas: Canvas, label: str) -> None:
    y = _live_head(canvas, label, 172)
    for number in range(2):
        canvas.circle(EDGE + 34, y + 26 + number * 66, 22, BRAND_SOFT)
        canvas.icon("doctor-male" if number else "doctor-female", EDGE + 21, y + 13 + number * 66, 26, BRAND)
        canvas.rect(EDGE + 68, y + 10 + number * 66, 70, 10, BAR, 5)
        canvas.rect(EDGE + 68, y + 28 + number * 66, 150, 7, "#edf2f3", 3)
        canvas.rect(EDGE + INNER - 58, y + 10 + number * 66, 46, 20, BRAND, 10)


# --- pictures --------------------------------------------------------------------------------------------------------


def _image(canvas: Canvas, raw: Any, x: float, y: float, w: float, h: float, radius: float = 10) -> None:
    key = raw.get("image") if isinstance(raw, Mapping) else raw
    data = _thumbnail(key, round(w), round(h)) if key and canvas.pictures < MOST_PICTURES else b""
    if data:
        canvas.picture(data, "jpeg", x, y, w, h, radius)
    else:
        canvas.no_picture(x, y, w, h, radius)


def _thumbnail(key: Any, width: int, height: int) -> bytes:
    """Return a small JPEG of a picture of the library; empty where it is gone or cannot be read."""
    image = get_image_model().objects.filter(pk=key).first()
    if image is None:
        return b""
    try:
        with image.get_rendition(f"fill-{width}x{height}|format-jpeg|jpegquality-60").file.open() as file:
            return bytes(file.read())
    except (OSError, ValueError):
        return b""


def recode(data: bytes) -> bytes:
    """Return an uploaded cover as WebP, at most 480 × 832, without what the camera wrote into it.

    Raises OSError or ValueError where it is no picture or has too many pixels.
    """
    with Pillow.open(io.BytesIO(data), formats=("PNG", "JPEG", "WEBP", "GIF")) as picture:
        if picture.width * picture.height > 40_000_000:  # noqa: PLR2004
            raise ValueError("too many pixels")
        small = picture.convert("RGB")
        small.thumbnail((480, 832))
        out = io.BytesIO()
        small.save(out, "WEBP", quality=82)
        return out.getvalue()
