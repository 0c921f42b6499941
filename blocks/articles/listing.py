"""Articles by category, the newest or the most read."""

from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext_lazy as _
from wagtail import blocks

from blocks import images
from blocks.articles import reading
from blocks.base import GROUP_READING, PortalBlock

STYLES = [("thumbnails", _("右侧小图")), ("big", _("第一篇大图")), ("plain", _("只有标题"))]
ORDERS = [("newest", _("最新（置顶在前）")), ("most_read", _("阅读最多"))]
MOST = 20


class CategoryBlock(blocks.ChoiceBlock):
    """A category by its address; asks the database only in the editor's form."""

    refers_to = "articles.Category"
    refers_by = "slug"

    def __init__(self, **kwargs: Any) -> None:
        """Offer the tree."""
        super().__init__(**{"choices": reading.category_choices, **kwargs})

    def get_searchable_content(self, value: Any) -> list[str]:
        """Which articles are listed is not content."""
        return []


class ArticleListBlock(PortalBlock):
    """The newest or most read articles of a category; newly published ones appear by themselves."""

    title = blocks.CharBlock(label=_("标题"), required=False, max_length=20, default="健康科普")
    category = CategoryBlock(label=_("分类"), required=False, help_text=_("留空为全部；包含下级分类。"))
    order = blocks.ChoiceBlock(label=_("排序"), choices=ORDERS, default="newest")
    style = blocks.ChoiceBlock(label=_("样式"), choices=STYLES, default="thumbnails")
    most = blocks.IntegerBlock(label=_("最多显示几篇"), default=4, min_value=1, max_value=MOST)
    show_more = blocks.BooleanBlock(label=_("显示「更多」"), default=True, required=False)

    class Meta:
        label = _("文章列表")
        icon = "list-ul"
        group = GROUP_READING
        description = _("某个分类的最新文章或热门文章，发布后自动出现。")
        template = "blocks/articles/list.html"
        label_format = "{title}"
        preview_value = {"title": "健康科普", "style": "thumbnails", "most": 3}

    def live(self, value: Any, context: Mapping[str, Any]) -> dict[str, Any]:
        """Return the articles as the look's parts want them."""
        request, category = context.get("request"), value["category"] or ""
        query = reading.ArticleQuery(
            category, value["most"] or MOST, value["order"] == "most_read", value["style"] == "big"
        )
        cards = reading.articles(query, request)
        more = reading.index_url(category, request) if value["show_more"] and cards else ""
        return {**_arranged(cards, value["style"]), "more_url": more}

    def sample(self, value: Any, context: Mapping[str, Any]) -> dict[str, Any]:
        """Show three invented articles."""
        titles = (
            ("入冬后胃痛反复？消化科医生讲清三种不能拖的情况", "健康科普 · 11月20日"),
            ("孩子发热别慌：在家怎么护理，什么时候必须来医院", "儿科 · 11月18日"),
            ("门诊新增夜间号源，下班后也能看病", "医院新闻 · 11月15日"),
        )
        pictures = {
            "picture": images.drawn("banner-1", 216, 156, css="ph-list-image"),
            "wide_picture": images.drawn("banner-1", 1125, 500),
        }
        cards = [{"title": title, "text": "", "meta": meta, **pictures} for title, meta in titles]
        return {**_arranged(cards, value["style"]), "more_url": "#"}


def _arranged(cards: list[dict[str, Any]], style: str) -> dict[str, Any]:
    """Split off the first article where it stands big, and leave away the pictures where none are wanted."""
    big = cards[0] if style == "big" and cards and cards[0]["wide_picture"] else None
    rest = cards[1:] if big else cards
    if style == "plain":
        rest = [{**card, "picture": "", "text": ""} for card in rest]
    return {"big": big, "cards": rest}
