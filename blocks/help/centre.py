"""帮助中心: the whole of it as one block, and a few answers of a category for other pages."""

from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _
from wagtail import blocks

from blocks import roles, search
from blocks.base import GROUP_READING, PortalBlock
from blocks.help import reading

MOST_FOUND = 20
MOST_IN_CATEGORY = 60
MOST_LISTED = 12


def _sample_cards() -> list[dict[str, Any]]:
    return [
        {"title": "怎么退号？钱多久退回来？", "text": "就诊前 60 分钟都能退，挂号费原路退回。", "url": "#"},
        {"title": "可以给家人挂号吗？", "text": "可以，先在「就诊人」里添加家人。", "url": "#"},
        {"title": "检查报告在哪里看？", "text": "首页点「报告查询」，选就诊人即可。", "url": "#"},
    ]


class HelpCategoryBlock(blocks.ChoiceBlock):
    """A category by its address; asks the database only in the editor's form."""

    refers_to = "help.HelpCategory"
    refers_by = "slug"

    def __init__(self, **kwargs: Any) -> None:
        """Offer the categories."""
        super().__init__(**{"choices": reading.category_choices, **kwargs})

    def get_searchable_content(self, value: Any) -> list[str]:
        """Which answers are listed is not content."""
        return []


class HelpCentreBlock(PortalBlock):
    """Search, categories and what is read most; ``?category=`` and ``?q=`` of the page say what is shown."""

    serves = "help"

    placeholder = blocks.CharBlock(
        label=_("输入框提示"), default=_("说说您的问题，例如：怎么退号"), max_length=30, required=False
    )
    most_title = blocks.CharBlock(label=_("热门问题的标题"), default=_("大家都在看"), max_length=20)
    most = blocks.IntegerBlock(
        label=_("显示几个热门问题"), default=6, min_value=0, max_value=MOST_LISTED, help_text=_("填 0 不显示。")
    )
    nothing_found_text = blocks.CharBlock(
        label=_("搜索不到时的说明"), default=_("换个说法试试，或者看看分类里的问题。"), max_length=80, required=False
    )

    class Meta:
        label = _("帮助中心")
        icon = "help"
        group = GROUP_READING
        description = _("帮助中心的全部：搜索、分类、阅读最多的问题。")
        template = "blocks/help/centre.html"
        label_format = _("帮助中心")
        preview_value = {"placeholder": "说说您的问题，例如：怎么退号", "most": 3}

    def live(self, value: Any, context: Mapping[str, Any]) -> dict[str, Any]:
        """Return what the address asks for; a constant number of queries."""
        request, base = context.get("request"), context.get("page_url") or ""
        asked = request.GET if request is not None else {}
        text = search.cleaned(asked.get("q", ""))
        categories = reading.categories(request)
        chosen = next((c for c in categories if c["slug"] == asked.get("category")), None) if not text else None
        linked = [{**c, "url": roles.with_query(base, category=c["slug"])} for c in categories]
        shown = {
            "action": base,
            "query": text,
            "category": chosen["label"] if chosen else "",
            "categories": linked,
        }
        if text:
            return {**shown, "cards": reading.found(text, MOST_FOUND, request)}
        if chosen:
            for_all = {"label": _now("全部"), "url": base}
            chips = [for_all, *({**c, "is_active": c["slug"] == chosen["slug"]} for c in linked)]
            cards = reading.answers(reading.AnswerQuery(chosen["slug"], MOST_IN_CATEGORY), request)
            return {**shown, "chips": chips, "cards": cards}
        most = value["most"] or 0
        return {**shown, "cards": reading.answers(reading.AnswerQuery("", most), request) if most else []}

    def sample(self, value: Any, context: Mapping[str, Any]) -> dict[str, Any]:
        """Return invented categories and answers."""
        looks = (
            ("挂号与退号", "calendar-plus", "teal"),
            ("缴费与退款", "receipt", "amber"),
            ("报告", "report", "blue"),
        )
        categories = [{"label": label, "icon": icon, "tone": tone, "url": "#"} for label, icon, tone in looks]
        return {"action": "#", "query": "", "category": "", "categories": categories, "cards": _sample_cards()}


class HelpListBlock(PortalBlock):
    """A few answers of a category, for the page where the question comes up."""

    links_to = ("help",)

    title = blocks.CharBlock(label=_("标题"), required=False, max_length=20, default="常见问题")
    category = HelpCategoryBlock(label=_("分类"), required=False, help_text=_("留空为全部分类。"))
    most = blocks.IntegerBlock(label=_("最多显示几条"), default=4, min_value=1, max_value=MOST_LISTED)
    show_more = blocks.BooleanBlock(label=_("显示「更多」"), default=True, required=False)

    class Meta:
        label = _("帮助问题列表")
        icon = "help"
        group = GROUP_READING
        description = _("帮助中心某个分类里阅读最多的几个问题，可以放在挂号、缴费等页面上。")
        template = "blocks/help/list.html"
        label_format = "{title}"
        preview_value = {"title": "常见问题", "most": 3}

    def live(self, value: Any, context: Mapping[str, Any]) -> dict[str, Any]:
        """Return the answers as the look's parts want them; nothing is drawn where there are none."""
        request, category = context.get("request"), value["category"] or ""
        cards = reading.answers(reading.AnswerQuery(category, value["most"] or MOST_LISTED), request)
        more = roles.url_for("help", request, category=category) if value["show_more"] and cards else ""
        return {"cards": [{**card, "text": "", "meta": ""} for card in cards], "more_url": more or ""}

    def sample(self, value: Any, context: Mapping[str, Any]) -> dict[str, Any]:
        """Show invented questions."""
        return {"cards": [{**card, "text": ""} for card in _sample_cards()], "more_url": "#"}
