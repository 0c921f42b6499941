"""The one base class of everything a patient sees on a page. docs/adding-a-block.md tells how to use it."""

from collections.abc import Mapping
from typing import Any, ClassVar, Literal

from django.utils.translation import gettext_lazy as _
from wagtail import blocks

from blocks import links
from blocks.actions import ActionFunction
from blocks.conditions import ConditionalBlock
from blocks.visibility import SettingsBlock, SettingsValue

Delivery = Literal["inline", "island"]

# Skeletons drawn while an island is on its way; each keeps about the height the block will have.
SKELETONS = ("card", "list", "grid", "rows", "doctor", "maybe")


class PortalBlock(ConditionalBlock):
    """A block with the common settings.

    ``delivery``: "inline" is the same for everybody and part of the cacheable page; "island" is personal or live and
    fetched after it. An inline block whose settings depend on the visitor is delivered as an island by itself.
    ``links_to``: roles the block's own template or actions lead to. ``serves``: the role whose work it does.
    ``admin_only``: only administrators may use it unless they decide otherwise (raw HTML).
    ``needs_account``: a guest sees an invitation to sign in instead of the block.
    ``needs_patients``: it lists the account's patients, which then come with the account (``visitor.patients``).
    ``actions``: what its forms do, by name. ``cache_seconds``: how long the fragment of an island may be shared
    between visitors; only for islands that never ask for the account. ``skeleton``: one of :data:`SKELETONS`; "maybe"
    for what most visitors do not see: its place is kept only where this browser was shown something there before.
    """

    delivery: ClassVar[Delivery] = "inline"
    links_to: ClassVar[tuple[str, ...]] = ()
    serves: ClassVar[str | None] = None
    needs_account: ClassVar[bool] = False
    needs_patients: ClassVar[bool] = False
    admin_only: ClassVar[bool] = False
    actions: ClassVar[Mapping[str, ActionFunction]] = {}
    cache_seconds: ClassVar[int] = 0
    skeleton: ClassVar[str] = "card"

    settings = SettingsBlock()

    class Meta:
        label_format = "{title}"

    def get_form_layout(self) -> blocks.BlockGroup:
        """Put the content first and the common settings, collapsed, behind it."""
        layout = super().get_form_layout()
        children = [name for name in layout.children if name != "settings"]
        others = [name for name in layout.settings if name != "settings"]
        return blocks.BlockGroup(children=children, settings=[*others, "settings"])

    # --- rendering ---------------------------------------------------------------------------------------------

    def get_context(self, value: Any, parent_context: Mapping[str, Any] | None = None) -> dict[str, Any]:
        """Return the template's context: the surroundings, the value, and :meth:`live` or :meth:`sample` data."""
        context = super().get_context(value, parent_context=dict(parent_context or {}))
        context["inner_level"] = self.inner_level(value)
        context["item_level"] = context["inner_level"] + 1
        context.update(self.sample(value, context) if context.get("is_sample") else self.live(value, context))
        return context

    def inner_level(self, value: Any) -> int:
        """Return the level of headings inside the block: the page has h1, the block's title is h2."""
        return 3 if value.get("title") else 2

    def live(self, value: Any, context: Mapping[str, Any]) -> dict[str, Any]:
        """Return what the template needs beside the value; reads only, through ``business.*.queries``."""
        return {}

    def sample(self, value: Any, context: Mapping[str, Any]) -> dict[str, Any]:
        """Return the same names as :meth:`live` with example data, for previews; must not need a database row."""
        return self.live(value, context)

    def get_preview_value(self) -> Any:
        """Return ``preview_value`` with the defaults of everything it leaves out."""
        raw = self._evaluate_callable(getattr(self.meta, "preview_value", {}))
        return complete(self, raw)

    def get_preview_context(self, value: Any, parent_context: Mapping[str, Any] | None = None) -> dict[str, Any]:
        """Return the surroundings of the block picker's preview: example data, links and forms that lead nowhere."""
        nowhere = dict.fromkeys(self.actions, "#")
        surroundings = {"is_sample": True, "is_preview": True, "account": None, "page": None, "page_url": ""}
        return {
            **(parent_context or {}),
            **surroundings,
            "action_urls": nowhere,
            "island_url": "",
            "css": value["settings"].css,
        }

    # --- what pages and checks ask -----------------------------------------------------------------------------

    def delivery_of(self, value: Any) -> Delivery:
        """Return how this value is delivered: visitor-dependent settings turn an inline block into an island."""
        settings: SettingsValue | None = value.get("settings")
        return "island" if settings is not None and settings.needs_visitor else self.delivery

    def linked_roles(self, raw: Any) -> set[str]:
        """Return every role a stored value leads to: by the block's nature and by the links staff filled in."""
        return {*self.links_to, *links.linked_roles(self, raw)}


def complete(block: blocks.Block, raw: Any) -> Any:
    """Return the native value of ``raw`` (plain data) with the defaults of every child it does not name."""
    if isinstance(block, blocks.StructBlock) and isinstance(raw, Mapping):
        return block.normalize(
            {
                name: complete(child, raw[name]) if name in raw else child.get_default()
                for name, child in block.child_blocks.items()
            }
        )
    if isinstance(block, blocks.ListBlock) and isinstance(raw, list | tuple):
        return block.normalize([complete(block.child_block, item) for item in raw])
    return block.normalize(raw)


GROUP_TEXT = _("文字")
GROUP_MEDIA = _("图片与媒体")
GROUP_ENTRANCES = _("入口与联系")
GROUP_LAYOUT = _("版面")
GROUP_READING = _("文章与公告")
GROUP_PLACES = _("科室与院区")
GROUP_DATA = _("数据")
GROUP_REGISTRATION = _("预约挂号")
GROUP_PAYMENTS = _("缴费")
GROUP_PATIENTS = _("就诊人与账户")
