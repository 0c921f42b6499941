"""Orders, the attempts to pay them, and the money that came."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from business.patients.models import Account
from business.payments.models.merchants import Merchant
from business.security.refs import new_ref


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
    # For the finance reports, written once: whose revenue it is, which member of staff and which partner brought it.
    department = models.CharField(_("科室"), max_length=60, blank=True)
    operator = models.CharField(_("操作人"), max_length=60, blank=True)
    source = models.CharField(_("第三方来源"), max_length=40, blank=True)
    state = models.CharField(_("状态"), max_length=10, choices=State.choices, default=State.CREATED)
    next_check_at = models.DateTimeField(_("下次查询时间"), null=True, blank=True)
    checks = models.PositiveIntegerField(_("已查询次数"), default=0)
    expires_at = models.DateTimeField(_("支付截止"))
    created_at = models.DateTimeField(_("创建时间"), auto_now_add=True)
    paid_at = models.DateTimeField(_("支付时间"), null=True, blank=True)
    settled_at = models.DateTimeField(_("完成时间"), null=True, blank=True)

    class Meta:
        verbose_name = _("支付订单")
        verbose_name_plural = _("支付订单")
        default_permissions = ("view",)
        permissions = [("take_payment", _("窗口扫付款码收款"))]
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


class Attempt(models.Model):
    """One way an order is being paid: a number at one channel, for one payer; several may be open at once.

    The first attempt carries the order's own number, further ones ``<number>-2``, ``-3`` …, so that a line of a bill
    names its order.
    """

    class Scene(models.TextChoices):
        """How the cashier opens."""

        JSAPI = "jsapi", _("公众号支付")
        MINI = "mini", _("小程序支付")
        NATIVE = "native", _("扫码支付")
        H5 = "h5", _("手机浏览器支付")
        CODE = "code", _("付款码支付")

    class State(models.TextChoices):
        """Where the attempt stands."""

        OPEN = "open", _("可支付")
        CLOSING = "closing", _("关闭中")
        CLOSED = "closed", _("已关闭")
        PAID = "paid", _("已收款")

    number = models.CharField(_("商户订单号"), max_length=32, unique=True)
    order = models.ForeignKey(Order, models.PROTECT, related_name="attempts", verbose_name=_("订单"))
    merchant = models.ForeignKey(Merchant, models.PROTECT, related_name="+", verbose_name=_("收款商户"))
    scene = models.CharField(_("支付方式"), max_length=10, choices=Scene.choices, default=Scene.JSAPI)
    # Orders paid together at the channel (hospital and post) share this number; empty for the usual single one.
    combine_no = models.CharField(_("合单号"), max_length=32, blank=True, db_index=True)
    # "<order>:<merchant>:<scene>:<payer>" while it can be paid: one prepay for a payer who taps twice.
    live_claim = models.CharField(_("唯一占用"), max_length=120, unique=True, null=True, editable=False)
    state = models.CharField(_("状态"), max_length=10, choices=State.choices, default=State.OPEN)
    prepay = models.CharField(_("预支付凭据"), max_length=512, blank=True)
    prepay_at = models.DateTimeField(_("预支付时间"), null=True, blank=True)
    # What the first prepay said and every repetition must say again (protocols.md §2.3): the channel refuses a change.
    pay_until = models.DateTimeField(_("渠道支付截止"))
    client_ip = models.GenericIPAddressField(_("支付发起地址"), null=True, blank=True)
    created_at = models.DateTimeField(_("发起时间"), auto_now_add=True)

    class Meta:
        verbose_name = _("支付尝试")
        verbose_name_plural = _("支付尝试")
        default_permissions = ("view",)
        ordering = ["id"]

    def __str__(self) -> str:
        return self.number


class AttemptEvent(models.Model):
    """One change of an attempt's state: from, to, when, why, by whom."""

    attempt = models.ForeignKey(Attempt, models.PROTECT, related_name="events", verbose_name=_("支付尝试"))
    at = models.DateTimeField(_("时间"))
    from_state = models.CharField(_("原状态"), max_length=10, blank=True)
    to_state = models.CharField(_("新状态"), max_length=10)
    reason = models.CharField(_("原因"), max_length=200, blank=True)
    actor = models.CharField(_("操作人"), max_length=100)

    class Meta:
        verbose_name = _("支付尝试状态记录")
        verbose_name_plural = _("支付尝试状态记录")
        default_permissions = ("view",)
        ordering = ["id"]

    def __str__(self) -> str:
        return f"{self.attempt} {self.from_state}→{self.to_state}"


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
    attempt = models.ForeignKey(Attempt, models.PROTECT, related_name="payments", verbose_name=_("支付尝试"))
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
