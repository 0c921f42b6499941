"""What the hospital decided about patients; one row, edited in the back office."""

from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.utils.translation import gettext_lazy as _

from business.patients.documents import IdType


def every_document() -> list[str]:
    """Return all kinds of document: what a hospital takes unless it says otherwise."""
    return list(IdType.values)


class PatientRule(models.Model):
    """The rules of patients, phones and cards."""

    class NameCheck(models.TextChoices):
        """Whether an authority is asked, and what."""

        OFF = "off", _("不核验")
        DOCUMENT = "document", _("核验姓名与身份证号")
        PHONE = "phone", _("本人再核验手机号（三要素）")

    most_patients = models.PositiveSmallIntegerField(
        _("每个账户最多就诊人"), default=8, validators=[MinValueValidator(1), MaxValueValidator(30)]
    )
    documents = models.JSONField(_("接受的证件"), default=every_document)
    guardian_until_age = models.PositiveSmallIntegerField(
        _("须填监护人的年龄（岁以下）"),
        default=6,
        validators=[MaxValueValidator(18)],
        help_text=_("用出生医学证明登记的儿童总要填写监护人；填 0 表示其他儿童不需要。"),
    )
    birth_certificate_until_age = models.PositiveSmallIntegerField(
        _("可用出生医学证明的年龄（岁以下）"), default=6, validators=[MinValueValidator(1), MaxValueValidator(18)]
    )
    phone_code = models.BooleanField(_("手机号须用短信验证码验证"), default=True)
    codes_per_phone = models.PositiveSmallIntegerField(
        _("每个手机号每天验证码条数"), default=10, validators=[MinValueValidator(1)]
    )
    codes_per_account = models.PositiveSmallIntegerField(
        _("每个账户每天验证码条数"), default=20, validators=[MinValueValidator(1)]
    )
    codes_per_address = models.PositiveIntegerField(
        _("每个网络地址每小时验证码条数"),
        default=200,
        validators=[MinValueValidator(1)],
        help_text=_("院内无线网的患者共用一个地址，不宜太小。"),
    )
    name_check = models.CharField(_("实名核验"), max_length=10, choices=NameCheck.choices, default=NameCheck.DOCUMENT)
    card_cooling_days = models.PositiveSmallIntegerField(
        _("绑定后几天内不可换绑"),
        default=7,
        validators=[MaxValueValidator(365)],
        help_text=_("就诊卡绑定到一个账户后，其他账户要过这么多天才能凭预留手机号换绑。"),
    )
    changed_at = models.DateTimeField(_("修改时间"), auto_now=True)

    class Meta:
        verbose_name = _("就诊人规则")
        verbose_name_plural = _("就诊人规则")
        default_permissions = ("view", "change")

    def __str__(self) -> str:
        return str(_("就诊人规则"))
