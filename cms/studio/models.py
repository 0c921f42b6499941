"""Themes with their drafts and versions, where and when each is worn, and the official account's menu."""

from typing import Final

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _
from wagtail.admin.panels import FieldPanel
from wagtail.contrib.settings.models import BaseGenericSetting, register_setting

from cms.studio.menu_blocks import MenuField
from cms.studio.panels import MenuPanel
from themes.design.spec import ThemeSpec
from themes.design.transfer import NAME_LENGTH

__all__ = ["StyleSheet", "Theme", "ThemeUse", "ThemeVersion", "WechatMenu"]

HIGHEST_PRIORITY: Final = 100
# Kept pages are made of the site's settings, where the timetable stands, and of none of these tables.
NO_PAGE: Final = ""


class Theme(models.Model):
    """A theme: its draft, and through its versions what was published (主题)."""

    name = models.CharField(_("名称"), max_length=NAME_LENGTH, unique=True)
    description = models.CharField(_("说明"), max_length=200, blank=True)
    pack = models.CharField(_("主题包"), max_length=40, blank=True, help_text=_("模板和样式来自 themes/packs/。"))
    draft = models.JSONField(_("草稿"), default=dict, blank=True)
    changed_at = models.DateTimeField(_("修改时间"), auto_now=True)

    cache_tag = NO_PAGE

    class Meta:
        verbose_name = _("主题")
        verbose_name_plural = _("主题")
        ordering = ["name"]
        permissions = [("publish_theme", _("发布主题"))]

    def __str__(self) -> str:
        """Show the name."""
        return self.name

    @property
    def spec(self) -> ThemeSpec:
        """The draft."""
        return ThemeSpec.read(self.draft)

    @property
    def published(self) -> "ThemeVersion | None":
        """The newest version, None for a theme that was never published."""
        return self.versions.order_by("-number").first()


class ThemeVersion(models.Model):
    """A theme as it was published once; never changed (主题版本)."""

    theme = models.ForeignKey(Theme, models.CASCADE, related_name="versions", verbose_name=_("主题"))
    number = models.PositiveIntegerField(_("版本"))
    data = models.JSONField(_("内容"), default=dict)
    note = models.CharField(_("说明"), max_length=100, blank=True)
    published_at = models.DateTimeField(_("发布时间"), auto_now_add=True)
    published_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+", verbose_name=_("发布人")
    )

    cache_tag = NO_PAGE

    class Meta:
        verbose_name = _("主题版本")
        verbose_name_plural = _("主题版本")
        ordering = ["-number"]
        constraints = [models.UniqueConstraint(fields=["theme", "number"], name="studio_version_once")]

    def __str__(self) -> str:
        """Show theme and number."""
        return f"{self.theme} · {self.number}"

    @property
    def spec(self) -> ThemeSpec:
        """What was published."""
        return ThemeSpec.read(self.data)


class ThemeUse(models.Model):
    """Which theme a site wears, all its campuses or one, always or between two moments (主题使用安排)."""

    site = models.ForeignKey("wagtailcore.Site", models.CASCADE, related_name="+", verbose_name=_("站点"))
    campus = models.ForeignKey(
        "hospital.Campus",
        models.CASCADE,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("院区"),
        help_text=_("留空表示整个站点；选了院区，只有选择了这个院区的患者看到。"),
    )
    theme = models.ForeignKey(Theme, models.PROTECT, related_name="uses", verbose_name=_("主题"))
    starts_at = models.DateTimeField(_("开始"), null=True, blank=True, help_text=_("留空表示立即。"))
    ends_at = models.DateTimeField(_("结束"), null=True, blank=True, help_text=_("留空表示一直使用。"))
    priority = models.PositiveSmallIntegerField(
        _("优先级"), default=0, help_text=_("0 到 100。同一时间有几个安排时，数字大的生效；哀悼日建议 100，节日 50。")
    )

    cache_tag = NO_PAGE

    class Meta:
        verbose_name = _("主题使用安排")
        verbose_name_plural = _("主题使用安排")
        ordering = ["-priority", "-pk"]

    def __str__(self) -> str:
        """Show theme and place."""
        return f"{self.theme} · {self.campus or self.site}"


class StyleSheet(models.Model):
    """A style sheet by the digest of its text, which is its address too; never changed (主题样式表)."""

    digest = models.CharField(max_length=32, primary_key=True)
    css = models.TextField()
    made_at = models.DateTimeField(auto_now_add=True)

    cache_tag = NO_PAGE

    class Meta:
        verbose_name = _("主题样式表")
        verbose_name_plural = _("主题样式表")

    def __str__(self) -> str:
        """Show the digest."""
        return self.digest


@register_setting(icon="list-ul", order=30)
class WechatMenu(BaseGenericSetting):
    """The official account's menu: staff's draft, and what was last pushed (公众号菜单)."""

    buttons = MenuField(verbose_name=_("菜单"), blank=True)
    pushed = models.JSONField(default=dict, blank=True, editable=False)
    pushed_at = models.DateTimeField(_("推送时间"), null=True, editable=False)
    pushed_by = models.CharField(_("推送人"), max_length=150, blank=True, editable=False)

    cache_tag = NO_PAGE

    panels = [MenuPanel(), FieldPanel("buttons")]

    class Meta:
        verbose_name = _("公众号菜单")
        verbose_name_plural = _("公众号菜单")
        permissions = [("push_wechatmenu", _("推送公众号菜单"))]
