"""The double-entry ledger and the seals over it."""

from typing import Any

from django.db import models
from django.utils.translation import gettext_lazy as _

from business.payments.models.orders import Order


class LedgerEntry(models.Model):
    """One balanced booking; its lines sum to zero (I7)."""

    key = models.CharField(_("幂等键"), max_length=120, unique=True)
    order = models.ForeignKey(Order, models.PROTECT, related_name="ledger_entries", verbose_name=_("订单"))
    event = models.CharField(_("事件"), max_length=20)
    at = models.DateTimeField(_("记账时间"), db_index=True)
    # HMAC-SM3 over the entry and its lines: a changed entry, and one that the portal did not write, are found by it.
    mac = models.CharField(_("校验值"), max_length=64, editable=False)

    class Meta:
        verbose_name = _("分录")
        verbose_name_plural = _("分录")
        default_permissions = ("view",)

    def __str__(self) -> str:
        return self.key

    def save(self, *args: Any, **kwargs: Any) -> None:
        """Refuse a second save: the ledger only grows."""
        if self.pk:
            raise TypeError("a ledger entry is never changed")
        super().save(*args, **kwargs)


class LedgerLine(models.Model):
    """One side of a booking: debit positive, credit negative, in fen. Appended, never changed."""

    entry = models.ForeignKey(LedgerEntry, models.PROTECT, related_name="lines", verbose_name=_("分录"))
    account = models.CharField(_("科目"), max_length=80, db_index=True)
    amount_fen = models.BigIntegerField(_("金额（分，借正贷负）"))

    class Meta:
        verbose_name = _("分录明细")
        verbose_name_plural = _("分录明细")
        default_permissions = ("view",)
        constraints = [
            models.UniqueConstraint(fields=["entry", "account"], name="ledger_line_once"),
            models.CheckConstraint(condition=~models.Q(amount_fen=0), name="ledger_line_not_zero"),
        ]

    def __str__(self) -> str:
        return f"{self.account} {self.amount_fen}"

    def save(self, *args: Any, **kwargs: Any) -> None:
        """Refuse a second save: the ledger only grows."""
        if self.pk:
            raise TypeError("a ledger line is never changed")
        super().save(*args, **kwargs)


class LedgerSeal(models.Model):
    """A link of the chain over the ledger: made by a worker over entries that are committed, never by their writers.

    Its ``mac`` covers the seal before it and every entry it names, so that a removed entry is missed (decision 0028).
    """

    number = models.PositiveBigIntegerField(_("序号"), primary_key=True)
    # Numbers of the entries as ranges: "1-40,43". A writer that commits late gets into a later seal.
    entries = models.TextField(_("分录"))
    last_entry = models.PositiveBigIntegerField(_("最大分录号"))
    count = models.PositiveIntegerField(_("分录数"))
    mac = models.CharField(_("校验值"), max_length=64)
    at = models.DateTimeField(_("封账时间"), db_index=True)

    class Meta:
        verbose_name = _("账本封条")
        verbose_name_plural = _("账本封条")
        default_permissions = ("view",)

    def __str__(self) -> str:
        return f"#{self.number}"
