"""搜索: one box that leads to the results, and the results over everything that can be found."""

from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext_lazy as _
from wagtail import blocks

from blocks import roles, search
from blocks.base import GROUP_PLACES, PortalBlock
from blocks.patients.here import parameters
from blocks.places import directory, samples
from business.hospital import conditions


def find_departments(text: str, request: Any, limit: int) -> list[search.Hit]:
    """Find departments and doctors by name, pinyin and initials, with their introductions."""
    return [search.Hit(**item) for item in directory.search_results(text, request)["items"][: limit * 2]]


def find_conditions(text: str, request: Any, limit: int) -> list[search.Hit]:
    """Find the conditions a sentence speaks of; they lead to the finder."""
    return [
        search.Hit(
            title=one.condition.name,
            text="、".join(dict.fromkeys(d.name for d in one.departments)),
            icon="alert" if one.condition.is_emergency else "stethoscope",
            tone="red" if one.condition.is_emergency else "green",
            url=url,
        )
        for one in conditions.find(text, limit=limit)
        if (url := roles.url_for("places.conditions", request, symptom=one.condition.name))
    ]


search.register("departments", _("科室与医生"), find_departments, order=10)
search.register("conditions", _("症状与疾病"), find_conditions, order=20)


class SearchBoxBlock(PortalBlock):
    """A field; what is typed goes to the page of results."""

    delivery = "inline"
    links_to = ("search",)

    placeholder = blocks.CharBlock(
        label=_("输入框提示"), default=_("搜科室、医生、文章、服务"), max_length=30, required=False
    )
    words = blocks.ListBlock(
        blocks.CharBlock(label=_("词"), max_length=12),
        label=_("大家常搜"),
        default=[],
        max_num=8,
        help_text=_("显示在搜索框下面，点一下就搜。"),
    )

    class Meta:
        label = _("搜索框")
        icon = "search"
        group = GROUP_PLACES
        description = _("一个搜索框，同时搜科室、医生、症状、文章和页面。")
        template = "blocks/places/search_box.html"
        label_format = "{placeholder}"
        preview_value = {"placeholder": "搜科室、医生、文章、服务", "words": ["体检", "核磁共振", "膏方"]}

    def live(self, value: Any, context: Mapping[str, Any]) -> dict[str, Any]:
        """Return where the form leads; hidden where no page shows results."""
        request = context.get("request")
        url = roles.url_for("search", request) or ""
        return {
            "action": url,
            "chips": [{"label": word, "url": roles.with_query(url, q=word)} for word in value["words"]] if url else [],
        }

    def sample(self, value: Any, context: Mapping[str, Any]) -> dict[str, Any]:
        """Lead nowhere."""
        return {"action": "#", "chips": [{"label": word, "url": "#"} for word in value["words"]]}


class SearchResultsBlock(PortalBlock):
    """What was found, kind by kind; the same for everybody who asks the same."""

    delivery = "island"
    serves = "search"
    cache_seconds = 60
    skeleton = "list"

    placeholder = blocks.CharBlock(
        label=_("输入框提示"), default=_("搜科室、医生、文章、服务"), max_length=30, required=False
    )
    nothing_found_text = blocks.CharBlock(
        label=_("搜索不到时的说明"),
        default=_("换一个词试试：可以输入科室、医生、症状，或拼音首字母。"),
        max_length=80,
        required=False,
    )

    class Meta:
        label = _("搜索结果")
        icon = "search"
        group = GROUP_PLACES
        description = _("按科室医生、症状、文章、页面分组列出搜索结果。")
        template = "blocks/places/search_results.html"
        label_format = _("搜索结果")

    def live(self, value: Any, context: Mapping[str, Any]) -> dict[str, Any]:
        """Ask every provider; a constant number of queries."""
        text = search.cleaned(parameters(context).get("q", ""))
        request = context.get("request")
        groups: list[dict[str, Any]] = []
        for provider in search.providers() if text else []:
            if hits := provider.find(text, request, search.FOUND_EACH):
                groups.append({"label": provider.label, "items": hits})
        return {
            "query": text,
            "groups": groups,
            "count": sum(len(group["items"]) for group in groups),
            "book_url": roles.url_for("registration.departments", request) or "",
        }

    def sample(self, value: Any, context: Mapping[str, Any]) -> dict[str, Any]:
        """Return two kinds of results."""
        return samples.search()
