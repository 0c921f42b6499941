"""Orders, what channels say of them, refunds, and the double-entry ledger. Knows nothing of what is paid for."""

from typing import Any

from django.db import models
from django.utils.translation import gettext_lazy as _

from business.hospital.models import Campus
from business.patients.models import Account
from business.security.refs import new_ref


class Merchant(models.Model):
    """A merchant account at a payment channel; its secrets come from the environment, never from here."""

    class Channel(models.TextChoices):
        """Payment channels."""

        WECHATPAY = "wechatpay", _("微信支付")

    code = models.CharField(_("代码"), max_length=40, unique=True)
    name = models.CharField(_("名称"), max_length=60)
    channel = models.CharField(_("渠道"), max_length=20, choices=Channel.choices)
    mchid = models.CharField(_("商户号"), max_length=32)
    campus = models.ForeignKey(Campus, models.PROTECT, null=True, blank=True, verbose_name=_("院区"))
    is_active = models.BooleanField(_("启用"), default=True)

    class Meta:
        verbose_name = _("收款商户")
        verbose_name_plural = _("收款商户")

    def __str__(self) -> str:
        return self.name


class Order(models.Model):
    """A sum that an account is to pay for one thing; the out-trade-no is the idempotency key at the channel."""

    class State(models.TextChoices):
        """Where the order stands."""

        CREATED = "created", _("待支付")
        PAYING = "paying", _("支付中")
        CLOSING = "closing", _("关闭中")
        CLOSED = "closed", _("已关闭")
        PAID = "paid", _("已支付，处理中")
        SETTLED = "settled", _("已完成")
        REFUNDING = "refunding", _("退款中")
        REFUNDED = "refunded", _("已退款")

    ref = models.CharField(_("公开编号"), max_length=20, unique=True, default=new_ref, editable=False)
    out_trade_no = models.CharField(_("商户订单号"), max_length=32, unique=True)
    kind = models.CharField(_("业务类型"), max_length=30)
    subject_ref = models.CharField(_("业务编号"), max_length=40)
    # "<kind>:<subject>" while the order can still bring money, NULL once closed or refunded: one live order a thing.
    live_claim = models.CharField(_("唯一占用"), max_length=80, unique=True, null=True, editable=False)
    account = models.ForeignKey(Account, models.PROTECT, related_name="orders", verbose_name=_("账户"))
    merchant = models.ForeignKey(Merchant, models.PROTECT, related_name="orders", verbose_name=_("收款商户"))
    amount_fen = models.PositiveBigIntegerField(_("金额（分）"))
    refunded_fen = models.PositiveBigIntegerField(_("已退金额（分）"), default=0)
    description = models.CharField(_("商品描述"), max_length=120)
    state = models.CharField(_("状态"), max_length=10, choices=State.choices, default=State.CREATED)
    prepay_id = models.CharField(_("预支付号"), max_length=80, blank=True)
    prepay_at = models.DateTimeField(_("预支付时间"), null=True, blank=True)
    next_check_at = models.DateTimeField(_("下次查询时间"), null=True, blank=True)
    checks = models.PositiveIntegerField(_("已查询次数"), default=0)
    expires_at = models.DateTimeField(_("支付截止"))
    # What the first prepay said and every repetition must say again (protocols.md §2.3): the channel refuses a change.
    pay_until = models.DateTimeField(_("渠道支付截止"), null=True, blank=True)
    client_ip = models.GenericIPAddressField(_("支付发起地址"), null=True, blank=True)
    created_at = models.DateTimeField(_("创建时间"), auto_now_add=True)
    paid_at = models.DateTimeField(_("支付时间"), null=True, blank=True)
    settled_at = models.DateTimeField(_("完成时间"), null=True, blank=True)

    class Meta:
        verbose_name = _("支付订单")
        verbose_name_plural = _("支付订单")
        default_permissions = ("view",)
        ordering = ["-id"]
        indexes = [
            models.Index(fields=["created_at"], name="order_created"),
            models.Index(fields=["kind", "subject_ref"], name="order_subject"),
            models.Index(fields=["state", "next_check_at"], name="order_check"),
            models.Index(fields=["account", "-created_at"], name="order_account"),
        ]
        constraints = [
            models.CheckConstraint(condition=models.Q(amount_fen__gt=0), name="order_amount_positive"),
            models.CheckConstraint(
                condition=models.Q(refunded_fen__lte=models.F("amount_fen")), name="order_refund_le_paid"
            ),
        ]

    def __str__(self) -> str:
        return self.out_trade_no


class OrderEvent(models.Model):
    """One change of an order's state: from, to, when, why, by whom."""

    order = models.ForeignKey(Order, models.PROTECT, related_name="events", verbose_name=_("订单"))
    at = models.DateTimeField(_("时间"))
    from_state = models.CharField(_("原状态"), max_length=10, blank=True)
    to_state = models.CharField(_("新状态"), max_length=10)
    reason = models.CharField(_("原因"), max_length=200, blank=True)
    actor = models.CharField(_("操作人"), max_length=100)

    class Meta:
        verbose_name = _("订单状态记录")
        verbose_name_plural = _("订单状态记录")
        default_permissions = ("view",)
        ordering = ["id"]

    def __str__(self) -> str:
        return f"{self.order} {self.from_state}→{self.to_state}"


class Payment(models.Model):
    """Money that a channel says it took for an order; posted once per channel transaction."""

    class LearnedBy(models.TextChoices):
        """How we came to know."""

        CALLBACK = "callback", _("支付通知")
        QUERY = "query", _("主动查询")

    # Set on the one payment that pays the order, NULL on a second one, which goes back by itself (I4).
    pays = models.OneToOneField(
        Order, models.PROTECT, null=True, blank=True, related_name="paid_by", verbose_name=_("所付订单")
    )
    order = models.ForeignKey(Order, models.PROTECT, related_name="payments", verbose_name=_("订单"))
    merchant = models.ForeignKey(Merchant, models.PROTECT, related_name="+", verbose_name=_("收款商户"))
    transaction_id = models.CharField(_("渠道交易号"), max_length=64)
    amount_fen = models.PositiveBigIntegerField(_("金额（分）"))
    success_at = models.DateTimeField(_("渠道支付时间"))
    learned_by = models.CharField(_("得知方式"), max_length=10, choices=LearnedBy.choices)
    # Asked back so far, whether or not it has arrived; the database itself holds it below what was paid (I5).
    refund_requested_fen = models.PositiveBigIntegerField(_("已申请退款（分）"), default=0)
    created_at = models.DateTimeField(_("入账时间"), auto_now_add=True)

    class Meta:
        verbose_name = _("收款记录")
        verbose_name_plural = _("收款记录")
        default_permissions = ("view",)
        indexes = [models.Index(fields=["success_at"], name="payment_success_at")]
        constraints = [
            models.UniqueConstraint(fields=["merchant", "transaction_id"], name="payment_once"),
            models.CheckConstraint(condition=models.Q(amount_fen__gt=0), name="payment_amount_positive"),
            models.CheckConstraint(
                condition=models.Q(refund_requested_fen__lte=models.F("amount_fen")), name="payment_refund_le_paid"
            ),
        ]

    def __str__(self) -> str:
        return self.transaction_id


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


class LedgerEntry(models.Model):
    """One balanced booking; its lines sum to zero (I7)."""

    key = models.CharField(_("幂等键"), max_length=120, unique=True)
    order = models.ForeignKey(Order, models.PROTECT, related_name="ledger_entries", verbose_name=_("订单"))
    event = models.CharField(_("事件"), max_length=20)
    at = models.DateTimeField(_("记账时间"), db_index=True)

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


class Incident(models.Model):
    """Something about money that a person must look at (the exception list, I6)."""

    class State(models.TextChoices):
        """Whether somebody has dealt with it."""

        OPEN = "open", _("待处理")
        RESOLVED = "resolved", _("已处理")

    key = models.CharField(_("幂等键"), max_length=120, unique=True)
    kind = models.CharField(_("类型"), max_length=40)
    order = models.ForeignKey(
        Order, models.PROTECT, null=True, blank=True, related_name="incidents", verbose_name=_("订单")
    )
    sentence = models.CharField(_("说明"), max_length=300)
    detail = models.JSONField(_("详情（已脱敏）"), default=dict)
    state = models.CharField(_("状态"), max_length=10, choices=State.choices, default=State.OPEN)
    resolution = models.CharField(_("处理说明"), max_length=300, blank=True)
    created_at = models.DateTimeField(_("发现时间"), auto_now_add=True)
    resolved_at = models.DateTimeField(_("处理时间"), null=True, blank=True)

    class Meta:
        verbose_name = _("资金异常")
        verbose_name_plural = _("资金异常")
        default_permissions = ("view", "change")
        ordering = ["-id"]
        indexes = [models.Index(fields=["state"], name="incident_state")]

    def __str__(self) -> str:
        return f"{self.kind} {self.key}"
