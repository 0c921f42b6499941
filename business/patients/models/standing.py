"""Who may not book for a while, why, and what they say to it (黑名单)."""

from django.conf import settings
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.utils.translation import gettext_lazy as _

from business.patients.models.accounts import Account
from business.patients.models.people import Patient
from business.security.fields import EncryptedTextField
from business.security.refs import new_ref


class Conduct(models.TextChoices):
    """What counts."""

    NO_SHOW = "no_show", _("预约未就诊")
    CANCELLED = "cancelled", _("预约后退号")


class BlacklistRule(models.Model):
    """How often something may happen in a window before bookings are closed to a person, and for how long."""

    kind = models.CharField(_("情形"), max_length=12, choices=Conduct.choices, unique=True)
    is_active = models.BooleanField(_("启用"), default=True)
    count = models.PositiveSmallIntegerField(_("次数"), validators=[MinValueValidator(1), MaxValueValidator(100)])
    window_days = models.PositiveSmallIntegerField(
        _("统计天数"), validators=[MinValueValidator(1), MaxValueValidator(730)]
    )
    block_days = models.PositiveSmallIntegerField(
        _("暂停预约天数"), validators=[MinValueValidator(1), MaxValueValidator(730)]
    )

    class Meta:
        verbose_name = _("黑名单规则")
        verbose_name_plural = _("黑名单规则")
        default_permissions = ("view", "change")
        ordering = ["pk"]

    def __str__(self) -> str:
        return str(self.get_kind_display())


class ConductEvent(models.Model):
    """One thing that counts, told by the service where it happened; a source is counted once."""

    kind = models.CharField(_("情形"), max_length=12, choices=Conduct.choices)
    patient = models.ForeignKey(Patient, models.PROTECT, related_name="conduct", verbose_name=_("就诊人"))
    id_index = models.CharField(_("证件索引"), max_length=64)
    source = models.CharField(_("来源"), max_length=64, unique=True)
    at = models.DateTimeField(_("时间"))
    # Forgiven: a release or an accepted appeal wipes what led to the block.
    forgiven_at = models.DateTimeField(_("不再计入时间"), null=True, blank=True)

    class Meta:
        verbose_name = _("违约记录")
        verbose_name_plural = _("违约记录")
        default_permissions = ("view",)
        ordering = ["-at"]
        indexes = [models.Index(fields=["id_index", "kind", "at"], name="conduct_person")]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} {self.source}"


class Block(models.Model):
    """A person who may not book; they are the same person in every account."""

    class Origin(models.TextChoices):
        """Who closed the bookings."""

        RULE = "rule", _("按规则自动")
        STAFF = "staff", _("工作人员")

    ref = models.CharField(_("公开编号"), max_length=20, unique=True, default=new_ref, editable=False)
    patient = models.ForeignKey(Patient, models.PROTECT, related_name="blocks", verbose_name=_("就诊人"))
    id_index = models.CharField(_("证件索引"), max_length=64, db_index=True)
    origin = models.CharField(_("来源"), max_length=6, choices=Origin.choices)
    kind = models.CharField(_("情形"), max_length=12, choices=Conduct.choices, blank=True)
    reason = models.CharField(_("原因（患者可见）"), max_length=200)
    starts_at = models.DateTimeField(_("开始"))
    ends_at = models.DateTimeField(_("结束"), null=True, blank=True)
    # "<kind>:<id_index>" while a rule's block runs: one rule blocks a person once.
    claim = models.CharField(_("唯一占用"), max_length=80, unique=True, null=True, editable=False)
    lifted_at = models.DateTimeField(_("解除时间"), null=True, blank=True)
    lifted_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("解除人")
    )
    lift_reason = models.CharField(_("解除理由"), max_length=200, blank=True)

    class Meta:
        verbose_name = _("黑名单")
        verbose_name_plural = _("黑名单")
        default_permissions = ("view", "change")
        ordering = ["-pk"]

    def __str__(self) -> str:
        return self.ref


class Appeal(models.Model):
    """What a patient says to a block, once; staff answer it."""

    class State(models.TextChoices):
        """Where it stands."""

        PENDING = "pending", _("待处理")
        ACCEPTED = "accepted", _("已采纳，已解除")
        REJECTED = "rejected", _("未采纳")

    ref = models.CharField(_("公开编号"), max_length=20, unique=True, default=new_ref, editable=False)
    block = models.OneToOneField(Block, models.PROTECT, related_name="appeal", verbose_name=_("黑名单"))
    account = models.ForeignKey(Account, models.PROTECT, related_name="+", verbose_name=_("账户"))
    text = EncryptedTextField(_("申诉内容"))
    state = models.CharField(_("状态"), max_length=10, choices=State.choices, default=State.PENDING)
    answer = models.CharField(_("答复（患者可见）"), max_length=200, blank=True)
    created_at = models.DateTimeField(_("申诉时间"), auto_now_add=True)
    decided_at = models.DateTimeField(_("处理时间"), null=True, blank=True)
    decided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("处理人")
    )

    class Meta:
        verbose_name = _("申诉")
        verbose_name_plural = _("申诉")
        default_permissions = ("view", "change")
        ordering = ["-pk"]

    def __str__(self) -> str:
        return self.ref
