"""Visit cards (就诊卡) bound to patients; a card is held by one account at a time."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from business.patients.models.people import Patient
from business.security.fields import EncryptedTextField
from business.security.masking import mask_id_number
from business.security.refs import new_ref


class VisitCard(models.Model):
    """One binding of one card; a binding that ended stays as the record of it."""

    class Ending(models.TextChoices):
        """How a binding ended."""

        UNBOUND = "unbound", _("本人解绑")
        TAKEN_OVER = "taken_over", _("被其他账户换绑")
        REMOVED = "removed", _("就诊人已移除")
        STAFF = "staff", _("工作人员解绑")

    ref = models.CharField(_("公开编号"), max_length=20, unique=True, default=new_ref, editable=False)
    patient = models.ForeignKey(Patient, models.PROTECT, related_name="cards", verbose_name=_("就诊人"))
    card_no = EncryptedTextField(_("卡号"))
    card_index = models.CharField(_("卡号索引"), max_length=64, db_index=True)
    # The index again while the binding stands, NULL once it ended: the database lets one account hold a card.
    claim = models.CharField(_("唯一占用"), max_length=64, unique=True, null=True, editable=False)
    bound_at = models.DateTimeField(_("绑定时间"))
    ended_at = models.DateTimeField(_("结束时间"), null=True, blank=True)
    ending = models.CharField(_("结束方式"), max_length=10, choices=Ending.choices, blank=True)

    class Meta:
        verbose_name = _("就诊卡")
        verbose_name_plural = _("就诊卡")
        default_permissions = ("view", "change")
        ordering = ["pk"]

    def __str__(self) -> str:
        return self.ref

    @property
    def masked_card_no(self) -> str:
        """The number with its ends only."""
        return mask_id_number(self.card_no)

    @property
    def is_bound(self) -> bool:
        """Whether the binding stands."""
        return self.claim is not None
