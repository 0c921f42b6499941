"""What a hospital decides for its whole portal: name, logo, tab bar, footer."""

from typing import Any

from django.core.exceptions import ValidationError
from django.db import models
from django.utils.translation import gettext_lazy as _
from wagtail import blocks
from wagtail.admin.panels import FieldPanel, MultiFieldPanel
from wagtail.contrib.settings.models import BaseSiteSetting, register_setting
from wagtail.fields import StreamField

from blocks.content.atoms import IconChoiceBlock
from blocks.links import LinkBlock
from cms.studio.panels import TabsPanel

FEWEST_TABS = 2


class TabBlock(blocks.StructBlock):
    """One item of the tab bar at the bottom of every page."""

    label = blocks.CharBlock(label=_("文字"), max_length=6)
    icon = IconChoiceBlock(default="home")
    link = LinkBlock()

    class Meta:
        label = _("标签")
        icon = "list-ul"
        label_format = "{label}"


class TabStreamBlock(blocks.StreamBlock):
    """The tab bar: two to five items."""

    tab = TabBlock()


class TabField(StreamField):
    """Tabs; migrations hold the field, not the block definitions."""

    def __init__(self, block_types: Any = None, **kwargs: Any) -> None:
        """Take the tab block."""
        kwargs.pop("block_lookup", None)
        super().__init__(TabStreamBlock, **kwargs)

    def deconstruct(self) -> tuple[str, str, list[Any], dict[str, Any]]:
        """Leave the blocks out of migrations."""
        # Not StreamField's own: it describes every block to us first, minutes of work over all migrations.
        name, path, _args, kwargs = super(StreamField, self).deconstruct()
        return name, path, [], kwargs


@register_setting(icon="site", order=10)
class PortalSettings(BaseSiteSetting):
    """Name, logo, tab bar and footer of one site."""

    hospital_name = models.CharField(_("医院名称"), max_length=40, default="掌上医院")
    subtitle = models.CharField(_("副标题"), max_length=40, blank=True, help_text=_("例如：主院区 · 三级甲等综合医院"))
    logo = models.ForeignKey(
        "wagtailimages.Image",
        models.SET_NULL,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("院徽"),
        help_text=_("方形图片，至少 200 × 200。"),
    )
    tabs = TabField(verbose_name=_("底部标签栏"), blank=True, max_num=5, help_text=_("2 到 5 个，显示在每一页底部。"))
    # Written by cms.studio (theme_plan.py reads it): here, because every page reads these settings anyway.
    theme_plan = models.JSONField(default=list, blank=True, editable=False)
    hotline = models.CharField(_("服务热线"), max_length=30, blank=True)
    footer_text = models.CharField(_("页脚文字"), max_length=200, blank=True)
    icp_number = models.CharField(_("ICP 备案号"), max_length=40, blank=True)

    select_related = ["logo"]

    panels = [
        MultiFieldPanel([FieldPanel("hospital_name"), FieldPanel("subtitle"), FieldPanel("logo")], heading=_("医院")),
        MultiFieldPanel([TabsPanel(), FieldPanel("tabs")], heading=_("底部标签栏")),
        MultiFieldPanel(
            [FieldPanel("hotline"), FieldPanel("footer_text"), FieldPanel("icp_number")], heading=_("页脚")
        ),
    ]

    def clean(self) -> None:
        """One tab alone leads nowhere."""
        super().clean()
        if self.tabs and len(self.tabs) < FEWEST_TABS:
            raise ValidationError({"tabs": _("底部标签栏要有 2 到 5 个标签；不需要标签栏就全部删除。")})

    class Meta:
        verbose_name = _("门户设置")
        verbose_name_plural = _("门户设置")
