"""What the hospital decides: booking, release of numbers (放号), fees by title, holidays."""

from typing import Any

from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.utils.translation import gettext_lazy as _

from business.hospital.models import Campus, Department


class BookingRule(models.Model):
    """What the hospital decides about booking; the row without a campus is the hospital's default."""

    cache_tag = "rules"

    campus = models.OneToOneField(
        Campus, models.CASCADE, null=True, blank=True, related_name="booking_rule", verbose_name=_("院区")
    )
    hold_minutes = models.PositiveSmallIntegerField(_("未支付保留（分钟）"), default=15)
    max_unpaid = models.PositiveSmallIntegerField(
        _("每个账户最多同时待支付"), default=3, help_text=_("防止占号不付款：待支付的预约达到这个数时，须先支付或取消")
    )
    cancel_before_minutes = models.PositiveIntegerField(
        _("退号截止（就诊前分钟）"), default=60, help_text=_("距就诊开始不足这么多分钟时，不能在线退号")
    )
    cancels_per_month = models.PositiveSmallIntegerField(
        _("每个账户每月最多退号"), default=5, help_text=_("0 为不限；改约不计")
    )
    max_moves = models.PositiveSmallIntegerField(
        _("每个预约最多改约"), default=2, help_text=_("0 为不开放改约；截止时间与退号相同")
    )
    his_exchanges = models.BooleanField(
        _("医院系统支持换号"),
        default=True,
        help_text=_("同价改约直接换号、不用重新支付；不支持时先付新号，成功后自动退旧号"),
    )
    max_active = models.PositiveSmallIntegerField(_("每个账户最多同时待就诊"), default=10, help_text=_("0 为不限"))
    max_per_day = models.PositiveSmallIntegerField(_("每个账户每天最多预约"), default=20, help_text=_("0 为不限"))
    offer_minutes = models.PositiveSmallIntegerField(
        _("候补到号后保留（分钟）"), default=30, help_text=_("候补到号后为患者保留这么久，逾期未支付轮到下一位")
    )
    max_waiting = models.PositiveSmallIntegerField(_("每个账户最多同时候补"), default=3)
    waiting_per_clinic = models.PositiveSmallIntegerField(_("每个门诊最多候补人数"), default=20)
    waiting_until_minutes = models.PositiveIntegerField(
        _("候补截止（开诊前分钟）"), default=60, help_text=_("距开诊不足这么多分钟时，候补自动结束并通知患者")
    )
    settle_alarm_minutes = models.PositiveSmallIntegerField(_("确认超时报警（分钟）"), default=30)
    notice = models.TextField(_("预约须知"), blank=True)

    class Meta:
        verbose_name = _("预约规则")
        verbose_name_plural = _("预约规则")

    def __str__(self) -> str:
        return str(self.campus or _("全院"))


class ReleaseRule(models.Model):
    """When numbers can be booked (放号), of the hospital, a campus or a department; what is empty is inherited.

    Departments inherit from the departments above them, then from their campus, then from the hospital.
    """

    cache_tag = "rules"

    # "hospital", "campus:3" or "department:9": one rule a place, held by the database (MariaDB lets NULL repeat).
    scope_key = models.CharField(_("范围标识"), max_length=40, unique=True, editable=False)
    campus = models.ForeignKey(
        Campus, models.CASCADE, null=True, blank=True, related_name="release_rules", verbose_name=_("院区")
    )
    department = models.ForeignKey(
        Department, models.CASCADE, null=True, blank=True, related_name="release_rules", verbose_name=_("科室")
    )
    days_ahead = models.PositiveSmallIntegerField(
        _("提前几天放号"), null=True, blank=True, validators=[MinValueValidator(1), MaxValueValidator(90)]
    )
    release_at = models.TimeField(_("放号时间"), null=True, blank=True, help_text=_("当天几点放出，例如 07:30"))
    first_percent = models.PositiveSmallIntegerField(
        _("首批比例（%）"), null=True, blank=True, validators=[MinValueValidator(1), MaxValueValidator(100)]
    )
    rest_days_ahead = models.PositiveSmallIntegerField(
        _("余下的提前几天放"), null=True, blank=True, validators=[MaxValueValidator(90)]
    )
    same_day = models.BooleanField(_("开放当日挂号"), null=True, blank=True)
    same_day_from = models.TimeField(_("当日号几点起可挂"), null=True, blank=True)
    same_day_until_minutes = models.PositiveSmallIntegerField(
        _("当日号截止（门诊结束前分钟）"), null=True, blank=True, validators=[MaxValueValidator(720)]
    )

    class Meta:
        verbose_name = _("放号规则")
        verbose_name_plural = _("放号规则")
        ordering = ["scope_key"]

    def __str__(self) -> str:
        return str(self.department or self.campus or _("全院"))

    @staticmethod
    def key_of(campus_id: int | None, department_id: int | None) -> str:
        """Return the key of a place."""
        if department_id:
            return f"department:{department_id}"
        return f"campus:{campus_id}" if campus_id else "hospital"

    def save(self, *args: Any, **kwargs: Any) -> None:
        """Keep the key beside the place."""
        if self.department_id:
            self.campus = None
        self.scope_key = self.key_of(self.campus_id, self.department_id)
        super().save(*args, **kwargs)


class TitleFee(models.Model):
    """What a visit costs at a doctor of a title; the empty title is the clinic without a named doctor."""

    title = models.CharField(
        _("职称"), max_length=40, unique=True, blank=True, help_text=_("与医生资料里的职称一致；留空表示普通门诊")
    )
    fee_fen = models.PositiveBigIntegerField(_("挂号费（分）"))

    class Meta:
        verbose_name = _("挂号费标准")
        verbose_name_plural = _("挂号费标准")
        ordering = ["-fee_fen", "title"]

    def __str__(self) -> str:
        return self.title or str(_("普通门诊"))


class Holiday(models.Model):
    """A day that is not what its weekday says: no clinics, or the clinics of another weekday (调休上班)."""

    class Kind(models.TextChoices):
        """Off or on."""

        OFF = "off", _("放假停诊")
        WORK = "work", _("调休上班")

    WEEKDAYS = [
        (n, name)
        for n, name in enumerate([_("周一"), _("周二"), _("周三"), _("周四"), _("周五"), _("周六"), _("周日")])
    ]

    date = models.DateField(_("日期"), unique=True)
    name = models.CharField(_("名称"), max_length=40)
    kind = models.CharField(_("类型"), max_length=10, choices=Kind.choices, default=Kind.OFF)
    as_weekday = models.PositiveSmallIntegerField(
        _("按周几的模板出诊"), choices=WEEKDAYS, null=True, blank=True, help_text=_("调休上班的日子按哪一天的模板排班")
    )

    class Meta:
        verbose_name = _("节假日与调休")
        verbose_name_plural = _("节假日与调休")
        ordering = ["date"]

    def __str__(self) -> str:
        return f"{self.date} {self.name}"
