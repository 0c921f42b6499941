"""Accounts (a person's entrance to the portal), their sessions, and the patients they act for."""

from datetime import date

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from business.patients.identity import birth_date_of, gender_of
from business.security.fields import EncryptedTextField
from business.security.masking import mask_id_number, mask_name, mask_phone
from business.security.refs import new_ref


class Account(models.Model):
    """A person's entrance to the portal; never a Django user (design.md §3)."""

    ref = models.CharField(_("公开编号"), max_length=20, unique=True, default=new_ref, editable=False)
    is_active = models.BooleanField(_("启用"), default=True)
    created_at = models.DateTimeField(_("创建时间"), auto_now_add=True)

    class Meta:
        verbose_name = _("患者账户")
        verbose_name_plural = _("患者账户")
        default_permissions = ("view",)

    def __str__(self) -> str:
        return self.ref


class Identity(models.Model):
    """How an account is recognised at one entrance: an openid, a phone number."""

    class Kind(models.TextChoices):
        """Kinds of identity."""

        WECHAT_OPENID = "wechat_openid", _("微信公众号")
        WECHAT_UNIONID = "wechat_unionid", _("微信开放平台")
        MINI_PROGRAM_OPENID = "mini_openid", _("微信小程序")
        ALIPAY_USER = "alipay_user", _("支付宝")
        PHONE = "phone", _("手机号")

    account = models.ForeignKey(Account, models.CASCADE, related_name="identities", verbose_name=_("账户"))
    kind = models.CharField(_("类型"), max_length=20, choices=Kind.choices)
    app_id = models.CharField(_("应用"), max_length=64, blank=True)
    subject = EncryptedTextField(_("标识"))
    subject_index = models.CharField(_("标识索引"), max_length=64)
    created_at = models.DateTimeField(_("创建时间"), auto_now_add=True)

    class Meta:
        verbose_name = _("登录标识")
        verbose_name_plural = _("登录标识")
        default_permissions = ()
        constraints = [
            models.UniqueConstraint(fields=["kind", "app_id", "subject_index"], name="identity_once"),
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} {self.account}"


class AccountSession(models.Model):
    """A signed-in browser of an account; the cookie holds a token, the row only its digest."""

    account = models.ForeignKey(Account, models.CASCADE, related_name="sessions", verbose_name=_("账户"))
    token_digest = models.CharField(_("令牌摘要"), max_length=64, unique=True)
    entrance = models.CharField(_("入口"), max_length=20)
    created_at = models.DateTimeField(_("登录时间"))
    seen_at = models.DateTimeField(_("最近使用"))
    ends_at = models.DateTimeField(_("最晚结束"), db_index=True)

    class Meta:
        verbose_name = _("患者会话")
        verbose_name_plural = _("患者会话")
        default_permissions = ()

    def __str__(self) -> str:
        return f"{self.account_id} {self.entrance}"


class Patient(models.Model):
    """A person an account acts for (就诊人); personal data encrypted, found by blind index."""

    class Relation(models.TextChoices):
        """Who the patient is to the account's holder."""

        SELF = "self", _("本人")
        PARENT = "parent", _("父母")
        CHILD = "child", _("子女")
        SPOUSE = "spouse", _("配偶")
        OTHER = "other", _("其他")

    class IdType(models.TextChoices):
        """Kinds of identity document."""

        RESIDENT_ID = "resident_id", _("居民身份证")

    class FileState(models.TextChoices):
        """Whether HIS has a file of this patient."""

        PENDING = "pending", _("建档中")
        READY = "ready", _("已建档")
        REFUSED = "refused", _("建档失败")

    ref = models.CharField(_("公开编号"), max_length=20, unique=True, default=new_ref, editable=False)
    account = models.ForeignKey(Account, models.PROTECT, related_name="patients", verbose_name=_("账户"))
    name = EncryptedTextField(_("姓名"))
    name_index = models.CharField(_("姓名索引"), max_length=64, db_index=True)
    id_type = models.CharField(_("证件类型"), max_length=20, choices=IdType.choices, default=IdType.RESIDENT_ID)
    id_number = EncryptedTextField(_("证件号码"))
    id_index = models.CharField(_("证件索引"), max_length=64, db_index=True)
    phone = EncryptedTextField(_("手机号"))
    phone_index = models.CharField(_("手机索引"), max_length=64, db_index=True)
    relation = models.CharField(_("关系"), max_length=10, choices=Relation.choices, default=Relation.SELF)
    is_default = models.BooleanField(_("默认就诊人"), default=False)
    # "<account>:<id_index>" while the patient is listed, NULL once removed: the database holds one person once.
    account_claim = models.CharField(_("唯一占用"), max_length=90, unique=True, null=True, editable=False)
    file_state = models.CharField(_("档案状态"), max_length=10, choices=FileState.choices, default=FileState.PENDING)
    file_problem = models.CharField(_("建档问题"), max_length=200, blank=True)
    his_patient_id = models.CharField(_("HIS 患者号"), max_length=40, blank=True, db_index=True)
    card_no = EncryptedTextField(_("就诊卡号"), blank=True)
    created_at = models.DateTimeField(_("添加时间"), auto_now_add=True)
    removed_at = models.DateTimeField(_("移除时间"), null=True, blank=True)

    class Meta:
        verbose_name = _("就诊人")
        verbose_name_plural = _("就诊人")
        default_permissions = ("view",)
        ordering = ["-is_default", "pk"]

    def __str__(self) -> str:
        return self.ref

    @property
    def masked_name(self) -> str:
        """The name with only its last character."""
        return mask_name(self.name)

    @property
    def masked_id_number(self) -> str:
        """The ID number with four digits at each end."""
        return mask_id_number(self.id_number)

    @property
    def masked_phone(self) -> str:
        """The phone number without its middle."""
        return mask_phone(self.phone)

    @property
    def birth_date(self) -> date:
        """The birthday, as the ID number tells it."""
        return birth_date_of(self.id_number)

    @property
    def gender(self) -> str:
        """``male`` or ``female``, as the ID number tells it."""
        return gender_of(self.id_number)

    @property
    def age(self) -> int:
        """Full years today."""
        today, born = timezone.localdate(), self.birth_date
        return today.year - born.year - ((today.month, today.day) < (born.month, born.day))

    @property
    def is_listed(self) -> bool:
        """Whether the account still has this patient on its list."""
        return self.removed_at is None
