"""The form of the official account's menu: up to three buttons, each an action or up to five of them."""

from typing import Any

from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _
from wagtail import blocks
from wagtail.blocks.struct_block import StructBlockValidationError
from wagtail.fields import StreamField

from blocks.links import LinkBlock
from business.integration.wechat import menu as wechat_menu

KINDS = [("view", _("打开网页")), ("click", _("发送指令")), ("miniprogram", _("打开小程序"))]


class ActionBlock(blocks.StructBlock):
    """What a button does."""

    name = blocks.CharBlock(label=_("名称"), max_length=16)
    kind = blocks.ChoiceBlock(label=_("点击后"), choices=KINDS, default="view")
    link = LinkBlock(required=False, label=_("打开网页：链接到"))
    key = blocks.CharBlock(
        label=_("发送指令：指令"), required=False, help_text=_("由公众号消息接口处理，例如 CUSTOMER_SERVICE。")
    )
    app_id = blocks.CharBlock(label=_("打开小程序：AppID"), required=False, help_text=_("须先与公众号关联。"))
    page_path = blocks.CharBlock(
        label=_("打开小程序：页面路径"),
        required=False,
        help_text=_("例如 pages/index/index；旧版微信会打开上面的网页链接。"),
    )

    characters = wechat_menu.SUB_NAME_WIDTH

    class Meta:
        label = _("子菜单")
        icon = "list-ul"
        label_format = "{name}"

    def clean(self, value: Any) -> Any:
        """Hold staff to WeChat's limits, at the field."""
        cleaned = super().clean(value)
        errors: dict[str, ValidationError] = {}
        if wechat_menu.width(cleaned["name"]) > self.characters:
            errors["name"] = ValidationError(
                _("最多 %(count)d 个汉字（%(letters)d 个字母）。")
                % {"count": self.characters // 2, "letters": self.characters}
            )
        if not self.is_deferred_validation and self.acts(cleaned):
            errors |= self.missing(cleaned)
        if errors:
            raise StructBlockValidationError(block_errors=errors)
        return cleaned

    def acts(self, value: Any) -> bool:
        """Whether the button does something itself."""
        return True

    def missing(self, value: Any) -> dict[str, ValidationError]:
        """Return what the chosen kind needs and does not have."""
        kind, link = value["kind"], value["link"]
        if kind == "click" and not value["key"]:
            return {"key": ValidationError(_("请填写指令。"))}
        if kind == "click" and len(value["key"].encode()) > wechat_menu.KEY_BYTES:
            return {"key": ValidationError(_("指令太长。"))}
        if kind == "miniprogram" and not (value["app_id"] and value["page_path"]):
            name = "page_path" if value["app_id"] else "app_id"
            return {name: ValidationError(_("小程序要填 AppID 和页面路径。"))}
        if kind != "click" and not link.is_set:
            return {"link": ValidationError(_("请选择功能、页面，或填写以 https:// 开头的网址。"))}
        url = link.get("url") or ""
        if kind != "click" and url.startswith(("tel:", "mailto:", "#")):
            return {"link": ValidationError(_("公众号菜单只能打开网页。"))}
        return {}


class ButtonBlock(ActionBlock):
    """A button of the first level."""

    sub_buttons = blocks.ListBlock(ActionBlock(), label=_("子菜单"), min_num=0, max_num=5, default=[])

    characters = wechat_menu.NAME_WIDTH

    class Meta:
        label = _("菜单")
        icon = "list-ul"
        label_format = "{name}"

    def acts(self, value: Any) -> bool:
        """A button with others below only opens them."""
        return not value["sub_buttons"]


class MenuBlock(blocks.StreamBlock):
    """The menu."""

    button = ButtonBlock()


class MenuField(StreamField):
    """The menu; migrations hold the field, not the block definitions."""

    def __init__(self, block_types: Any = None, **kwargs: Any) -> None:
        """Take the button block."""
        kwargs.pop("block_lookup", None)
        super().__init__(MenuBlock, **{"max_num": wechat_menu.BUTTONS, **kwargs})

    def deconstruct(self) -> tuple[str, str, list[Any], dict[str, Any]]:
        """Leave the blocks out of migrations."""
        # Not StreamField's own: it describes every block to us first, minutes of work over all migrations.
        name, path, _args, kwargs = super(StreamField, self).deconstruct()
        return name, path, [], kwargs
