"""Blocks of words and pictures as a draft of the official account shows them: WeChat keeps inline styles, no classes.

Each function returns the HTML of one block; what it has of rich text and pictures is made ready by the caller.
"""

from collections.abc import Callable, Iterable, Mapping
from html import escape
from typing import Any

from blocks.content.table import rows_of
from blocks.content.words import CALL_OUT_TONES

Rich = Callable[[Any], str]  # a rich text → the HTML of a draft
Show = Callable[[Mapping[str, Any], Rich], str]

HEAD = "margin:24px 0 12px;font-size:19px;font-weight:bold;color:#0a5d78"
SMALL_HEAD = "margin:18px 0 8px;font-size:17px;font-weight:bold"
CAPTION = "text-align:center;font-size:14px;color:#5b6b72"
CARD = "margin:16px 0;padding:12px 14px;border-radius:8px;font-size:16px;line-height:1.8"
QUOTE = "margin:16px 0;padding:12px 14px;border-left:4px solid #0a6f8a;background-color:#f2f8fa"
CELL = "padding:6px 8px;border:1px solid #c9d6da;font-size:15px"
TONES = {"care": "#eaf6ee", "info": "#e8f4f7", "warning": "#fff3e0", "danger": "#fdecea"}


def _line(tag: str, style: str, words: Any) -> str:
    return f'<{tag} style="{style}">{escape(str(words))}</{tag}>' if words else ""


def picture(image: Any, caption: str = "") -> str:
    """Return a picture by its number, with its caption."""
    return f'<p><img data-ph-image="{image.pk}"></p>{_line("p", CAPTION, caption)}' if image is not None else ""


def _title(value: Mapping[str, Any], rich: Rich) -> str:
    style = SMALL_HEAD if value.get("size") == "small" else HEAD
    return _line("h2", style, value["title"]) + _line("p", "margin:0 0 14px;color:#5b6b72", value.get("subtitle"))


def _quote(value: Mapping[str, Any], rich: Rich) -> str:
    who = " · ".join(part for part in (value.get("author"), value.get("role")) if part)
    words = _line("p", "margin:0;font-size:16px;line-height:1.8", f"“{value['text']}”")
    who = _line("p", "margin:6px 0 0;text-align:right;font-size:14px;color:#5b6b72", who and f"—— {who}")
    return f'<blockquote style="{QUOTE}">{words}{who}</blockquote>'


def _callout(value: Mapping[str, Any], rich: Rich) -> str:
    tone = value["tone"] if value["tone"] in TONES else "info"
    head = value.get("title") or CALL_OUT_TONES[tone][3]
    words = _line("p", "margin:0 0 6px;font-weight:bold", head) + rich(value["text"])
    return f'<section style="{CARD};background-color:{TONES[tone]}">{words}</section>'


def _steps(value: Mapping[str, Any], rich: Rich) -> str:
    steps = (
        _line("h3", SMALL_HEAD, f"{number}. {step['title']}") + rich(step["text"])
        for number, step in enumerate(value["items"], 1)
    )
    return _line("h2", HEAD, value.get("title")) + "".join(steps)


def _timeline(value: Mapping[str, Any], rich: Rich) -> str:
    moments = (
        _line("h3", SMALL_HEAD, f"{one['when']}　{one['title']}") + rich(one["text"]) + picture(one["image"])
        for one in value["items"]
    )
    return _line("h2", HEAD, value.get("title")) + "".join(moments)


def _accordion(value: Mapping[str, Any], rich: Rich) -> str:
    parts = (_line("h3", SMALL_HEAD, one["question"]) + rich(one["answer"]) for one in value["items"])
    return _line("h2", HEAD, value.get("title")) + "".join(parts)


def _tabs(value: Mapping[str, Any], rich: Rich) -> str:
    parts = (_line("h3", SMALL_HEAD, one["label"]) + rich(one["text"]) for one in value["items"])
    return _line("h2", HEAD, value.get("title")) + "".join(parts)


def _table(value: Mapping[str, Any], rich: Rich) -> str:
    rows = rows_of(value["text"] or "")
    width = max((len(row) for row in rows), default=0)
    body = ""
    for at, row in enumerate(rows):
        cells = ""
        for column, words in enumerate([*row, *[""] * (width - len(row))]):
            is_head = (at == 0 and value["first_row"]) or (column == 0 and value["first_column"])
            look = f"{CELL};font-weight:bold;background-color:#f2f8fa" if is_head else CELL
            cells += f'<{"th" if is_head else "td"} style="{look}">{escape(words)}</{"th" if is_head else "td"}>'
        body += f"<tr>{cells}</tr>"
    table = f'<table style="width:100%;border-collapse:collapse"><tbody>{body}</tbody></table>' if body else ""
    return _line("p", SMALL_HEAD, value["title"]) + table + _line("p", CAPTION, value.get("note"))


def _image(value: Mapping[str, Any], rich: Rich) -> str:
    return picture(value.get("image"), value.get("caption") or "")


def _together(value: Mapping[str, Any], items: Iterable[Mapping[str, Any]]) -> str:
    shown = "".join(picture(one["image"], one.get("caption") or "") for one in items)
    return _line("h2", HEAD, value.get("title")) + shown


def _image_pair(value: Mapping[str, Any], rich: Rich) -> str:
    return _together(value, (value["left"], value["right"]))


def _gallery(value: Mapping[str, Any], rich: Rich) -> str:
    return _together(value, value["items"])


SHOWN: dict[str, Show] = {
    "title": _title,
    "quote": _quote,
    "callout": _callout,
    "steps": _steps,
    "timeline": _timeline,
    "accordion": _accordion,
    "tabs": _tabs,
    "table": _table,
    "image": _image,
    "image_pair": _image_pair,
    "gallery": _gallery,
}


def html_of(name: str, value: Mapping[str, Any], rich: Rich) -> str | None:
    """Return a block as a draft shows it; None for one that only works on the portal, or has nothing to show."""
    show = SHOWN.get(name)
    return (show(value, rich) or None) if show is not None else None
