"""楼层导航: the plan of a floor, a department found on it, and the way in words."""

from collections.abc import Mapping
from typing import Any

from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from wagtail import blocks

from blocks.base import GROUP_PLACES, PortalBlock
from blocks.places import plan, samples
from blocks.visibility import campus_choices
from business.hospital import place_queries


class CampusChoiceBlock(blocks.ChoiceBlock):
    """One campus by its code."""

    refers_to = "hospital.Campus"
    refers_by = "code"

    def __init__(self, **kwargs: Any) -> None:
        """Offer the campuses."""
        super().__init__(**{"label": _("院区"), "choices": campus_choices, "required": False, **kwargs})


class FloorMapBlock(PortalBlock):
    """One floor at a time: the same for everybody; another floor is fetched as a fragment of its own."""

    delivery = "inline"

    show_search = blocks.BooleanBlock(label=_("显示搜索框"), default=True, required=False)
    search_placeholder = blocks.CharBlock(
        label=_("搜索框提示"), default=_("搜科室、药房、检查室（支持拼音首字母）"), max_length=40, required=False
    )
    campus = CampusChoiceBlock(label=_("先显示哪个院区"), help_text=_("留空则先显示第一个院区。"))
    nothing_found_text = blocks.CharBlock(
        label=_("搜索不到时的说明"),
        default=_("换一个词试试，或在下面按楼层查找；也可以询问导诊台。"),
        max_length=60,
        required=False,
    )
    empty_text = blocks.CharBlock(
        label=_("没有楼层图时的说明"),
        default=_("楼层图正在绘制，请先询问门诊大厅导诊台。"),
        max_length=60,
        required=False,
    )

    class Meta:
        label = _("楼层导航")
        icon = "site"
        group = GROUP_PLACES
        description = _("按院区、楼宇、楼层看平面图，搜科室即标出位置和走法。")
        template = "blocks/places/floor_map.html"
        label_format = _("楼层导航")

    def live(self, value: Any, context: Mapping[str, Any]) -> dict[str, Any]:
        """Return the floor that the address asks for, the search's results; at most twelve queries in all."""
        request, page_url = context.get("request"), context.get("page_url") or ""
        buildings = place_queries.buildings()
        chosen = plan.choose(plan.Asked.of(request), buildings, value.get("campus") or "")
        text = request.GET.get("q", "") if request is not None else ""
        may_fetch = not context.get("is_preview")
        return {
            **plan.floor_context(chosen, buildings, request, page_url, may_fetch=may_fetch),
            **plan.search_results(text, request, page_url),
            "search_fragment": reverse("places-find") + f"?at={page_url}" if may_fetch else "",
            "results_id": f"map-results-{context.get('block_id', 'new')}",
        }

    def sample(self, value: Any, context: Mapping[str, Any]) -> dict[str, Any]:
        """Return a floor of a made-up hospital."""
        return samples.floor()
