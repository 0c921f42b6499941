"""公用内容: one place on a page for blocks that staff edit elsewhere, once for all pages."""

from collections.abc import Iterator, Mapping
from typing import Any

from django.utils.translation import gettext_lazy as _
from wagtail import blocks
from wagtail.snippets.blocks import SnippetChooserBlock

from blocks.base import GROUP_LAYOUT, PortalBlock
from blocks.checking import Finding, Node, check
from blocks.visibility import SettingsBlock

MODEL = "shared.SharedBlock"


class PlaceSettingsBlock(SettingsBlock):
    """When and for whom a place is shown; how its blocks look is said at the blocks themselves."""

    class Meta:
        form_layout = blocks.BlockGroup(
            children=[
                blocks.BlockGroup(
                    children=["schedule", "visible_from", "visible_until"], heading=_("时间"), icon="calendar"
                ),
                blocks.BlockGroup(children=["audience", "entrances", "campuses"], heading=_("对象"), icon="group"),
                blocks.BlockGroup(children=["advertising"], heading=_("样式"), icon="view"),
            ]
        )

    def __init__(self, local_blocks: Any = None, **kwargs: Any) -> None:
        """Leave spacing and card out."""
        super().__init__(local_blocks, **kwargs)
        for name in ("spacing", "card_style"):
            del self.child_blocks[name]


class SharedContentBlock(PortalBlock):
    """A place for shared content. Its blocks are put in its stead (``expansion``); it is drawn itself only while empty.

    The chooser names a model of ``cms.shared`` by its label: blocks import nothing of the desk.
    """

    content = SnippetChooserBlock(
        MODEL,
        label=_("公用内容"),
        help_text=_("改一次，用到它的页面全部更新。要改内容，点名字右边的「…」再点「编辑」。"),
    )
    settings = PlaceSettingsBlock()

    class Meta:
        label = _("公用内容")
        icon = "snippet"
        group = GROUP_LAYOUT
        description = _("放一份各页面共用的内容，例如咨询电话、就诊须知；在一处修改，所有页面一起更新。")
        label_format = "{content}"
        template = "blocks/shared/place.html"
        preview_value: Mapping[str, Any] = {}

    def get_searchable_content(self, value: Any) -> list[str]:
        """Leave the search of a page to the page's own words: shared ones change without it."""
        return []


@check(SharedContentBlock)
def is_published(node: Node, around: Any) -> Iterator[Finding]:
    """Patients see nothing of shared content that is not published."""
    content = node.value.get("content")
    if content is not None and not content.live:
        sentence = _("公用内容「%(name)s」没有发布，患者看不到这一块。")
        yield node.must("shared_not_live", sentence % {"name": content.name}, "content")
