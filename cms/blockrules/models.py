"""What administrators decide about blocks, and which page uses which block and which shared content."""

from django.conf import settings
from django.contrib.auth.models import Group
from django.db import models
from django.utils.translation import gettext_lazy as _
from wagtail.models import Page


class BlockRule(models.Model):
    """What one group may do with blocks of one type; no row means the block's own default."""

    block_type = models.CharField(_("组件"), max_length=60)
    group = models.ForeignKey(Group, models.CASCADE, related_name="+", verbose_name=_("角色"))
    may_add = models.BooleanField(_("可添加"))
    may_change = models.BooleanField(_("可修改"))
    may_delete = models.BooleanField(_("可删除"))

    class Meta:
        verbose_name = _("组件权限")
        verbose_name_plural = _("组件权限")
        default_permissions = ("change",)
        constraints = [models.UniqueConstraint(fields=["block_type", "group"], name="block_rule_once")]

    def __str__(self) -> str:
        return f"{self.block_type} · {self.group}"


class PageLock(models.Model):
    """A page whose business blocks only administrators may touch."""

    page = models.OneToOneField(Page, models.CASCADE, related_name="block_lock", verbose_name=_("页面"))
    reason = models.CharField(_("原因"), max_length=100, blank=True)
    locked_at = models.DateTimeField(_("锁定时间"), auto_now_add=True)
    locked_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+", verbose_name=_("锁定人")
    )

    class Meta:
        verbose_name = _("页面业务组件锁")
        verbose_name_plural = _("页面业务组件锁")
        default_permissions = ("change",)

    def __str__(self) -> str:
        return str(self.page)


class BlockUse(models.Model):
    """How often one page uses one type of block: as patients see it, and in the newest draft. Made by machine."""

    page = models.ForeignKey(Page, models.CASCADE, related_name="block_uses", verbose_name=_("页面"))
    block_type = models.CharField(_("组件"), max_length=60)
    live = models.PositiveIntegerField(_("已发布"), default=0)
    draft = models.PositiveIntegerField(_("草稿"), default=0)
    first_id = models.CharField(_("第一个组件的编号"), max_length=40, blank=True)

    class Meta:
        verbose_name = _("组件使用")
        verbose_name_plural = _("组件使用")
        default_permissions = ("view",)
        constraints = [models.UniqueConstraint(fields=["page", "block_type"], name="block_use_once")]
        indexes = [models.Index(fields=["block_type", "page"], name="block_use_by_type")]

    def __str__(self) -> str:
        return f"{self.block_type} · {self.page_id}"


class SharedUse(models.Model):
    """How often one page shows one shared content: as patients see it, and in the newest draft. Made by machine."""

    page = models.ForeignKey(Page, models.CASCADE, related_name="shared_uses", verbose_name=_("页面"))
    shared = models.ForeignKey("shared.SharedBlock", models.CASCADE, related_name="uses", verbose_name=_("公用内容"))
    live = models.PositiveIntegerField(_("已发布"), default=0)
    draft = models.PositiveIntegerField(_("草稿"), default=0)
    first_id = models.CharField(_("第一个组件的编号"), max_length=40, blank=True)

    class Meta:
        verbose_name = _("公用内容的使用")
        verbose_name_plural = _("公用内容的使用")
        default_permissions = ("view",)
        constraints = [models.UniqueConstraint(fields=["page", "shared"], name="shared_use_once")]

    def __str__(self) -> str:
        return f"{self.shared_id} · {self.page_id}"
