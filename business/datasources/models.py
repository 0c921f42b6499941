"""Data sources (数据源): answers of HIS or of an allowed web address that editors bind blocks to (requirement G5.5)."""

from typing import Any

from django.db import models
from django.utils.translation import gettext_lazy as _

from business.security.fields import EncryptedJSONField
from business.security.refs import new_ref


class DataSource(models.Model):
    """Where a service's data comes from or a form goes to; declared by an administrator, used by editors."""

    class Kind(models.TextChoices):
        """Who is asked."""

        HIS = "his", _("HIS 扩展服务")
        HTTP = "http", _("网址（JSON）")

    class Purpose(models.TextChoices):
        """What for."""

        READ = "read", _("读取（列表、详情）")
        SUBMIT = "submit", _("提交（表单）")

    code = models.SlugField(_("代码"), max_length=40, unique=True)
    name = models.CharField(_("名称"), max_length=40)
    note = models.CharField(_("说明"), max_length=200, blank=True)
    kind = models.CharField(_("来源"), max_length=10, choices=Kind.choices, default=Kind.HIS)
    purpose = models.CharField(_("用途"), max_length=10, choices=Purpose.choices, default=Purpose.READ)
    target = models.CharField(_("服务名或网址"), max_length=300)
    # [{"name": "code", "origin": "query", "value": "id", "required": true}]: see business.datasources.parameters.
    parameters = models.JSONField(_("参数"), default=list, blank=True)
    items_path = models.CharField(_("列表所在位置"), max_length=100, blank=True)
    cache_seconds = models.PositiveSmallIntegerField(_("缓存（秒）"), default=60)
    deadline_seconds = models.PositiveSmallIntegerField(_("最长等待（秒）"), default=3)
    # What an answer looks like, personal data masked: editors choose fields from it.
    sample = models.JSONField(_("样例"), null=True, blank=True)
    is_active = models.BooleanField(_("启用"), default=True)
    updated_at = models.DateTimeField(_("修改时间"), auto_now=True)

    class Meta:
        verbose_name = _("数据源")
        verbose_name_plural = _("数据源")
        ordering = ["name", "pk"]

    def __str__(self) -> str:
        return self.name

    @property
    def needs_patient(self) -> bool:
        """Whether an answer belongs to one patient: it is then never cached, and guests are asked to sign in."""
        return any(one.get("origin") == "patient" for one in self.parameters)


class Submission(models.Model):
    """What a patient sent by a form, on its way to the source until that answers for good."""

    class State(models.TextChoices):
        """How far it is."""

        PENDING = "pending", _("正在提交")
        DONE = "done", _("已受理")
        REFUSED = "refused", _("未受理")

    ref = models.CharField(_("公开编号"), max_length=20, unique=True, default=new_ref, editable=False)
    source = models.ForeignKey(DataSource, models.PROTECT, related_name="submissions", verbose_name=_("数据源"))
    # The form's own number: the same form sent twice is one submission, here and at the source.
    request_key = models.CharField(_("幂等键"), max_length=64, unique=True)
    account_ref = models.CharField(_("账户"), max_length=20, blank=True, db_index=True)
    values: Any = EncryptedJSONField(_("内容"))
    state = models.CharField(_("状态"), max_length=10, choices=State.choices, default=State.PENDING)
    answer_no = models.CharField(_("受理编号"), max_length=64, blank=True)
    reason = models.CharField(_("原因"), max_length=200, blank=True)
    created_at = models.DateTimeField(_("提交时间"), auto_now_add=True)

    class Meta:
        verbose_name = _("表单提交")
        verbose_name_plural = _("表单提交")
        default_permissions = ("view",)
        ordering = ["-pk"]

    def __str__(self) -> str:
        return self.ref
