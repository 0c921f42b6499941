"""Money that goes back: refunds and reversals."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from business.payments.models.orders import Order, Payment
from business.security.refs import new_ref


class Refund(models.Model):
    """Money going back; the out-refund-no never changes, so that repeating it refunds once (protocols.md §2.3)."""

    class State(models.TextChoices):
        """Where the refund stands."""

        REQUESTED = "requested", _("待退款")
        PROCESSING = "processing", _("退款处理中")
        SUCCEEDED = "succeeded", _("已退款")
        ABNORMAL = "abnormal", _("退款异常，需人工处理")

    ref = models.CharField(_("公开编号"), max_length=20, unique=True, default=new_ref, editable=False)
    out_refund_no = models.CharField(_("商户退款单号"), max_length=64, unique=True)
    order = models.ForeignKey(Order, models.PROTECT, related_name="refunds", verbose_name=_("订单"))
    payment = models.ForeignKey(Payment, models.PROTECT, related_name="refunds", verbose_name=_("收款记录"))
    key = models.CharField(_("幂等键"), max_length=120, unique=True)
    amount_fen = models.PositiveBigIntegerField(_("金额（分）"))
    reason = models.CharField(_("原因"), max_length=80)
    is_reversal = models.BooleanField(_("冲正"), default=False)
    actor = models.CharField(_("申请人"), max_length=100)
    state = models.CharField(_("状态"), max_length=12, choices=State.choices, default=State.REQUESTED)
    channel_refund_id = models.CharField(_("渠道退款号"), max_length=64, blank=True)
    problem = models.CharField(_("问题"), max_length=200, blank=True)
    created_at = models.DateTimeField(_("申请时间"), auto_now_add=True)
    succeeded_at = models.DateTimeField(_("到账时间"), null=True, blank=True)

    class Meta:
        verbose_name = _("退款记录")
        verbose_name_plural = _("退款记录")
        default_permissions = ("view",)
        ordering = ["-id"]
        constraints = [
            models.CheckConstraint(condition=models.Q(amount_fen__gt=0), name="refund_amount_positive"),
        ]
        indexes = [models.Index(fields=["state", "created_at"], name="refund_state_created")]

    def __str__(self) -> str:
        return self.out_refund_no

    @property
    def is_of_second_payment(self) -> bool:
        """Whether this gives back a second payment of an order; the order itself is not touched by it."""
        return self.payment.pays_id is None


class RefundEvent(models.Model):
    """One change of a refund's state: from, to, when, why, by whom."""

    refund = models.ForeignKey(Refund, models.PROTECT, related_name="events", verbose_name=_("退款"))
    at = models.DateTimeField(_("时间"))
    from_state = models.CharField(_("原状态"), max_length=12, blank=True)
    to_state = models.CharField(_("新状态"), max_length=12)
    reason = models.CharField(_("原因"), max_length=200, blank=True)
    actor = models.CharField(_("操作人"), max_length=100)

    class Meta:
        verbose_name = _("退款状态记录")
        verbose_name_plural = _("退款状态记录")
        default_permissions = ("view",)
        ordering = ["id"]

    def __str__(self) -> str:
        return f"{self.refund} {self.from_state}→{self.to_state}"


class Reversal(models.Model):
    """冲正: something paid for is undone where it was delivered, and then its money goes back."""

    class State(models.TextChoices):
        """Where the reversal stands."""

        REQUESTED = "requested", _("待撤销业务")
        BLOCKED = "blocked", _("业务系统拒绝撤销，需人工处理")
        REFUNDING = "refunding", _("退款中")
        DONE = "done", _("已冲正")

    ref = models.CharField(_("公开编号"), max_length=20, unique=True, default=new_ref, editable=False)
    order = models.OneToOneField(Order, models.PROTECT, related_name="reversal", verbose_name=_("订单"))
    reason = models.CharField(_("原因"), max_length=80)
    actor = models.CharField(_("申请人"), max_length=100)
    state = models.CharField(_("状态"), max_length=12, choices=State.choices, default=State.REQUESTED)
    problem = models.CharField(_("问题"), max_length=200, blank=True)
    refund = models.OneToOneField(
        Refund, models.PROTECT, null=True, blank=True, related_name="reversal", verbose_name=_("退款")
    )
    created_at = models.DateTimeField(_("申请时间"), auto_now_add=True)

    class Meta:
        verbose_name = _("冲正")
        verbose_name_plural = _("冲正")
        default_permissions = ("view",)
        ordering = ["-id"]

    def __str__(self) -> str:
        return self.order.out_trade_no


class ReversalEvent(models.Model):
    """One change of a reversal's state: from, to, when, why, by whom."""

    reversal = models.ForeignKey(Reversal, models.PROTECT, related_name="events", verbose_name=_("冲正"))
    at = models.DateTimeField(_("时间"))
    from_state = models.CharField(_("原状态"), max_length=12, blank=True)
    to_state = models.CharField(_("新状态"), max_length=12)
    reason = models.CharField(_("原因"), max_length=200, blank=True)
    actor = models.CharField(_("操作人"), max_length=100)

    class Meta:
        verbose_name = _("冲正状态记录")
        verbose_name_plural = _("冲正状态记录")
        default_permissions = ("view",)
        ordering = ["id"]

    def __str__(self) -> str:
        return f"{self.reversal} {self.from_state}→{self.to_state}"
