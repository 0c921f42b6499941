"""Page templates: what a new page may begin with."""

import secrets
from typing import Any

from django.db import models
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from blocks.registry import PortalStreamField


def new_code() -> str:
    """Return the code of a template that staff made."""
    return f"own-{secrets.token_hex(8)}"


class PageTemplate(models.Model):
    """A page without a place: blocks, a few settings of the page type, a picture to recognise it by (页面模板)."""

    class Category(models.TextChoices):
        """What kind of page it makes."""

        HOME = "home", _("首页")
        INTRODUCTION = "introduction", _("科室与医生")
        NEWS = "news", _("公告与活动")
        GUIDE = "guide", _("指南与帮助")
        SERVICE = "service", _("服务与表单")
        OTHER = "other", _("其他")

    code = models.CharField(_("编号"), max_length=60, unique=True, default=new_code, editable=False)
    name = models.CharField(_("名称"), max_length=30)
    description = models.CharField(_("说明"), max_length=120, blank=True, help_text=_("一句话：适合做什么页面。"))
    category = models.CharField(_("分类"), max_length=20, choices=Category.choices, default=Category.OTHER)
    page_type = models.CharField(_("页面类型"), max_length=100, blank=True, editable=False)
    page_title = models.CharField(_("新页面的标题"), max_length=120, blank=True)
    presets = models.JSONField(_("页面样式"), default=dict, editable=False)
    body = PortalStreamField(verbose_name=_("页面内容"), blank=True)
    drawing = models.TextField(_("示意图"), blank=True, editable=False)
    picture = models.ImageField(_("封面图"), upload_to="page_templates", blank=True)
    sort = models.PositiveIntegerField(_("排序"), default=0, db_index=True)
    # Of a template that comes with the product: what it was shipped as, so that staff's own changes are left alone.
    shipped_as = models.CharField(max_length=64, blank=True, editable=False)
    is_removed = models.BooleanField(_("已删除"), default=False, editable=False)
    updated_at = models.DateTimeField(_("修改时间"), auto_now=True)

    class Meta:
        verbose_name = _("页面模板")
        verbose_name_plural = _("页面模板")
        ordering = ["sort", "pk"]

    def __str__(self) -> str:
        return self.name

    def get_absolute_url(self) -> str:
        """Return where staff change it."""
        return reverse("library:edit", args=[self.pk])

    @property
    def picture_url(self) -> str:
        """Return the picture staff uploaded, else the drawn one."""
        if self.picture:
            return self.picture.url
        return f"{reverse('library:drawing', args=[self.pk])}?v={int(self.updated_at.timestamp())}"

    def raw_body(self) -> list[dict[str, Any]]:
        """Return the blocks as they are stored."""
        return list(self.body.get_prep_value())
