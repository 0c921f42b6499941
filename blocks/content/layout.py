"""Air and lines between blocks, and HTML of the administrators' own."""

from collections.abc import Mapping
from typing import Any, Final

import nh3
from django.core.exceptions import ValidationError
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext_lazy as _
from wagtail import blocks
from wagtail.blocks.struct_block import StructBlockValidationError

from blocks.base import GROUP_LAYOUT, PortalBlock
from blocks.prose import outline

SPACES = [("small", _("小")), ("medium", _("中")), ("large", _("大"))]
LINES = [("none", _("只留空")), ("line", _("细线")), ("dots", _("三个点"))]

# Everything that shows words, tables and pictures; nothing that runs, asks, frames or dresses itself. Inline styles
# would be refused by the content security policy anyway; classes of the theme (ph-…) are the way to look good.
# fmt: off
TAGS: Final = {
    "a", "abbr", "address", "article", "aside", "b", "bdi", "blockquote", "br", "caption", "cite", "code", "col",
    "colgroup", "dd", "del", "details", "dfn", "div", "dl", "dt", "em", "figcaption", "figure", "footer", "h2",
    "h3", "h4", "h5", "h6", "header", "hr", "i", "img", "ins", "kbd", "li", "mark", "ol", "p", "picture", "pre",
    "q", "rp", "rt", "ruby", "s", "samp", "section", "small", "source", "span", "strong", "sub", "summary", "sup",
    "table", "tbody", "td", "tfoot", "th", "thead", "time", "tr", "u", "ul", "var", "wbr",
}
# fmt: on
ATTRIBUTES: Final = {
    "*": {"class", "lang", "dir", "title", "aria-label", "aria-hidden", "role"},
    "a": {"href", "target"},
    "img": {"src", "alt", "width", "height", "loading"},
    "source": {"srcset", "sizes", "media", "type"},
    "td": {"colspan", "rowspan"},
    "th": {"colspan", "rowspan", "scope"},
    "col": {"span"},
    "ol": {"start", "reversed", "type"},
    "time": {"datetime"},
    "details": {"open"},
}
MOST_CHARACTERS: Final = 50_000


def safe_html(html: str) -> SafeString:
    """Return HTML without anything that runs, asks, frames or styles itself."""
    clean = nh3.clean(
        html,
        tags=TAGS,
        attributes={tag: set(names) for tag, names in ATTRIBUTES.items()},
        url_schemes={"https", "http", "tel", "mailto"},
        link_rel="noopener",
        clean_content_tags={"script", "style", "template", "noscript", "iframe", "object"},
    )
    return mark_safe(clean)  # noqa: S308  # cleaned by an allow-list


class SpacerBlock(PortalBlock):
    """Air between blocks, with a line if wanted."""

    size = blocks.ChoiceBlock(label=_("留多少"), choices=SPACES, default="medium")
    line = blocks.ChoiceBlock(label=_("分隔线"), choices=LINES, default="line")

    class Meta:
        label = _("间隔")
        icon = "minus"
        group = GROUP_LAYOUT
        description = _("在两块内容之间留出空白或画一条分隔线。")
        template = "blocks/content/spacer.html"
        label_format = "{line}"
        preview_value = {"size": "large", "line": "dots"}

    def sample(self, value: Any, context: Mapping[str, Any]) -> dict[str, Any]:
        """Say what stands around it."""
        return {"around": _("一块内容")}


class RawHtmlBlock(PortalBlock):
    """HTML written by an administrator; what could run or ask is taken out when it is saved and when it is shown."""

    admin_only = True

    title = blocks.CharBlock(label=_("名称"), max_length=20, required=False, help_text=_("只在编辑器里显示。"))
    html = blocks.TextBlock(
        label=_("HTML 代码"),
        rows=12,
        help_text=_("脚本、样式、内嵌网页和表单会被自动去掉；样式请用主题里的类名，例如 ph-card、ph-prose。"),
    )

    class Meta:
        label = _("HTML 代码")
        icon = "code"
        group = GROUP_LAYOUT
        description = _("管理员专用：直接写 HTML，危险内容会自动去掉。")
        template = "blocks/content/raw_html.html"
        preview_value = {
            "html": '<div class="ph-card ph-prose"><h2>自己写的 HTML</h2><p>可以用主题里的类名排版。</p></div>'
        }

    def clean(self, value: Any) -> Any:
        """Keep what is allowed; say so when nothing is left."""
        cleaned = super().clean(value)
        html = cleaned["html"] or ""
        if len(html) > MOST_CHARACTERS:
            raise StructBlockValidationError(
                block_errors={"html": ValidationError(_("代码太长，最多 %d 个字符。") % MOST_CHARACTERS)}
            )
        cleaned["html"] = str(safe_html(html))
        if html.strip() and not cleaned["html"].strip() and not self.is_deferred_validation:
            raise StructBlockValidationError(
                block_errors={"html": ValidationError(_("去掉脚本、样式和内嵌网页后什么也不剩了，请换一种写法。"))}
            )
        return cleaned

    def live(self, value: Any, context: Mapping[str, Any]) -> dict[str, Any]:
        """Return the HTML, cleaned again: what is stored may be older than the allow-list."""
        return {"html": outline(safe_html(value["html"] or ""), 2)}
