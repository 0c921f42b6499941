"""A whole article pasted from an editor for WeChat articles: keeps its look, loses what is dangerous."""

from collections.abc import Mapping
from html import unescape
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.urls import reverse
from django.utils.html import strip_tags
from django.utils.translation import gettext_lazy as _
from wagtail import blocks

from blocks.articles import present, reading, sanitise
from blocks.base import GROUP_READING, PortalBlock

EXAMPLE = (
    '<section style="padding:16px;border:1px solid #9ec9d3;border-radius:12px;background-color:#f2fafb">'
    '<p style="text-align:center"><span style="font-size:20px;font-weight:bold;color:#0a6f8a">冬季护胃四件事</span></p>'
    '<p style="line-height:1.75;letter-spacing:1px">一日三餐定时；少吃过烫、过辣；外出注意保暖；不滥用止痛药。</p>'
    "</section>"
    '<p style="text-align:right;font-size:14px;color:#5b6b72">文 / 消化内科　图 / 宣传科</p>'
)


class PasteWidget(forms.Textarea):
    """A surface one pastes into and sees what patients will see; the text itself travels in a hidden field."""

    template_name = "blocks/articles/paste_widget.html"

    class Media:
        css = {"all": ["blocks/articles/paste.css"]}
        js = ["blocks/articles/paste.js"]

    def get_context(self, name: str, value: Any, attrs: Any) -> dict[str, Any]:
        """Add where the field asks for cleaning and for pictures."""
        context = super().get_context(name, value, attrs)
        context["paste_url"] = reverse("articles_paste")
        context["fetch_url"] = reverse("articles_paste_picture")
        context["picture_url"] = reverse("articles_picture", args=[0])
        return context


class PastedTextBlock(blocks.FieldBlock):
    """The text itself, as :func:`blocks.articles.sanitise.sanitise` leaves it."""

    def __init__(self, required: bool = True, help_text: Any = None, **kwargs: Any) -> None:
        """Use the pasting field."""
        self.field = forms.CharField(required=required, help_text=help_text, widget=PasteWidget(), strip=True)
        super().__init__(**kwargs)

    class Meta:
        icon = "clipboard-list"

    def clean(self, value: Any) -> str:
        """Clean what the browser sent: it may come from anywhere."""
        try:
            clean = sanitise.sanitise(value or "")
        except sanitise.TooLarge as error:
            raise ValidationError(str(error)) from error
        has_something = strip_tags(clean).strip() or "data-ph-" in clean
        return str(super().clean(clean if has_something else ""))

    def get_searchable_content(self, value: Any) -> list[str]:
        """Return the words."""
        return [unescape(strip_tags(str(value or "").replace("><", "> <")))]


class PastedBlock(PortalBlock):
    """A pasted article."""

    content = PastedTextBlock(
        label=_("粘贴的内容"),
        help_text=_("在 135、秀米或公众号编辑器里全选、复制，在这里粘贴。版式会保留，图片会自动搬过来。"),
    )

    class Meta:
        label = _("粘贴的文章")
        icon = "clipboard-list"
        group = GROUP_READING
        description = _("从 135、秀米、公众号编辑器粘贴整篇文章，保留版式，去掉危险内容。")
        template = "blocks/articles/pasted.html"
        label_format = " "  # the text is HTML: no line of it is fit for the title of a folded block
        preview_value = {"content": EXAMPLE}

    def live(self, value: Any, context: Mapping[str, Any]) -> dict[str, Any]:
        """Return the HTML and the address of its style sheet."""
        clean = value["content"] or ""
        return {"html": present.html_of(clean), "style_url": reading.style_url(present.parse(clean).css)}
