"""The patients that accounts act for, and the guardians of children."""

from datetime import date

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from business.patients.documents import Gender, IdType, years_between
from business.patients.identity import birth_date_of, gender_of
from business.patients.models.accounts import Account
from business.security.fields import EncryptedTextField
from business.security.masking import mask_id_number, mask_name, mask_phone
from business.security.refs import new_ref


class Patient(models.Model):
    """A person an account acts for (就诊人); personal data encrypted, found by blind index."""

    class Relation(models.TextChoices):
        """Who the patient is to the account's holder."""

        SELF = "self", _("本人")
        PARENT = "parent", _("父母")
        CHILD = "child", _("子女")
        SPOUSE = "spouse", _("配偶")
        OTHER = "other", _("其他")

    IdType = IdType
    Gender = Gender

    class FileState(models.TextChoices):
        """Whether HIS has a file of this patient."""

        PENDING = "pending", _("建档中")
        READY = "ready", _("已建档")
        REFUSED = "refused", _("建档失败")

    class NameState(models.TextChoices):
        """What the authority said about name and number."""

        UNCHECKED = "unchecked", _("未核验")
        PENDING = "pending", _("核验中")
        MATCH = "match", _("已实名")
        MISMATCH = "mismatch", _("不一致")
        NO_RECORD = "no_record", _("查无记录")

    ref = models.CharField(_("公开编号"), max_length=20, unique=True, default=new_ref, editable=False)
    account = models.ForeignKey(Account, models.PROTECT, related_name="patients", verbose_name=_("账户"))
    name = EncryptedTextField(_("姓名"))
    name_index = models.CharField(_("姓名索引"), max_length=64, db_index=True)
    id_type = models.CharField(_("证件类型"), max_length=20, choices=IdType.choices, default=IdType.RESIDENT_ID)
    id_number = EncryptedTextField(_("证件号码"))
    id_index = models.CharField(_("证件索引"), max_length=64, db_index=True)
    # The bare number under the purpose that card numbers share: what somebody at the counter quotes.
    document_index = models.CharField(_("号码索引"), max_length=64, blank=True, db_index=True)
    # Only where the number does not tell them.
    told_gender = models.CharField(_("性别（填写）"), max_length=6, choices=Gender.choices, blank=True)
    told_birth_date = EncryptedTextField(_("出生日期（填写）"), blank=True)
    phone = EncryptedTextField(_("手机号"))
    phone_index = models.CharField(_("手机索引"), max_length=64, db_index=True)
    phone_proved_at = models.DateTimeField(_("手机号验证时间"), null=True, blank=True)
    name_state = models.CharField(_("实名核验"), max_length=10, choices=NameState.choices, default=NameState.UNCHECKED)
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
        """The birthday: as told where it had to be asked for, else as the number tells it."""
        return date.fromisoformat(self.told_birth_date) if self.told_birth_date else birth_date_of(self.id_number)

    @property
    def gender(self) -> str:
        """``male`` or ``female``: as told where it had to be asked for, else as the number tells it."""
        return self.told_gender or gender_of(self.id_number)

    @property
    def age(self) -> int:
        """Full years today."""
        return years_between(self.birth_date, timezone.localdate())

    @property
    def is_listed(self) -> bool:
        """Whether the account still has this patient on its list."""
        return self.removed_at is None


class Guardian(models.Model):
    """Who answers for a child: relation, document and phone of an adult."""

    class Relation(models.TextChoices):
        """What the guardian is to the child."""

        FATHER = "father", _("父亲")
        MOTHER = "mother", _("母亲")
        GRANDPARENT = "grandparent", _("祖父母或外祖父母")
        OTHER = "other", _("其他监护人")

    patient = models.OneToOneField(Patient, models.CASCADE, related_name="guardian", verbose_name=_("就诊人"))
    relation = models.CharField(_("与儿童的关系"), max_length=12, choices=Relation.choices)
    name = EncryptedTextField(_("监护人姓名"))
    id_type = models.CharField(_("监护人证件类型"), max_length=20, choices=IdType.choices)
    id_number = EncryptedTextField(_("监护人证件号码"))
    phone = EncryptedTextField(_("监护人手机号"))
    changed_at = models.DateTimeField(_("更新时间"), auto_now=True)

    class Meta:
        verbose_name = _("监护人")
        verbose_name_plural = _("监护人")
        default_permissions = ()

    def __str__(self) -> str:
        return f"{self.patient_id} {self.get_relation_display()}"
