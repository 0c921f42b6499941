"""An article's body as the official account takes it: inline styles, WeChat's own pictures, no links out."""

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from html import escape
from typing import Any

from django.utils.translation import gettext as _

from blocks.articles.sanitise import sanitise
from blocks.shared import expansion
from cms.articles import wechat_blocks

Upload = Callable[[int], str]  # number of one of our images → its address at WeChat, empty where it has none

_EMBED = re.compile(r'<embed\b[^>]*\bembedtype="image"[^>]*>')
_ATTRIBUTE = re.compile(r'\b(id|alt)="([^"]*)"')
_PICTURE = re.compile(r'<img\b[^>]*\bdata-ph-image="(\d+)"[^>]*>')
_LOST = re.compile(r"<img\b[^>]*\bdata-ph-source=[^>]*>")
_VIDEO = re.compile(r'<p[^>]*\bdata-ph-video="(\w+)"[^>]*></p>')
_LINK = re.compile(r"</?a\b[^>]*>")
_STYLE = re.compile(r'\bstyle="([^"]*)"')
_PLAIN = re.compile(r"<(h2|h3|p|li|blockquote)>")
STYLES = {
    "h2": wechat_blocks.HEAD,
    "h3": wechat_blocks.SMALL_HEAD,
    "p": "margin:0 0 14px;font-size:16px;line-height:1.8;color:#222222",
    "li": "margin:0 0 6px;font-size:16px;line-height:1.8",
    "blockquote": wechat_blocks.QUOTE,
}


@dataclass
class WeChatBody:
    """The content of a draft, and what of the page could not be part of it."""

    html: str = ""
    left_out: list[str] = field(default_factory=list)


def images_in(body: Any) -> list[int]:
    """Return the numbers of the images a draft of this body needs, in their order."""
    found: list[int] = []
    compose(body, lambda image: found.append(image) or "")  # type: ignore[func-returns-value]
    return list(dict.fromkeys(found))


def compose(body: Any, upload: Upload) -> WeChatBody:
    """Return the content of a draft; blocks that only work on the portal are named in ``left_out``."""
    result = WeChatBody()
    for child in expansion.children(body):
        value = child.value
        match child.block_type:
            case "pasted":
                html = value["content"] or ""
            case "rich_text":
                title = f"<h2>{escape(value['title'])}</h2>" if value.get("title") else ""
                html = _styled(title) + _rich(value["text"])
            case "spacer":
                continue
            case name:
                found = wechat_blocks.html_of(name, value, _rich)
                if found is None:
                    result.left_out.append(str(child.block.label))
                    continue
                html = found
        result.html += _for_wechat(html, upload)
    result.left_out = list(dict.fromkeys(result.left_out))
    return result


def _styled(html: str) -> str:
    return _PLAIN.sub(lambda m: f'<{m[1]} style="{STYLES[m[1]]}">', html)


def _rich(text: Any) -> str:
    return _styled(_from_rich(text))


def _from_rich(text: Any) -> str:
    def picture(match: re.Match[str]) -> str:
        attributes = dict(_ATTRIBUTE.findall(match[0]))
        return f'<img data-ph-image="{attributes.get("id", "0")}" alt="{attributes.get("alt", "")}">'

    return sanitise(_EMBED.sub(picture, text.source if text else ""))


def _for_wechat(html: str, upload: Upload) -> str:
    def picture(match: re.Match[str]) -> str:
        url = upload(int(match[1]))
        style = _STYLE.search(match[0])
        look = ";".join(part for part in ("max-width:100%", style[1] if style else "") if part)
        return f'<img src="{escape(url)}" style="{look}">' if url else ""

    html = _VIDEO.sub(lambda m: f"<p>{escape(_('视频'))}：https://v.qq.com/x/page/{m[1]}.html</p>", html)
    return _LINK.sub("", _PICTURE.sub(picture, _LOST.sub("", html)))
