"""Reconciliation: the channel's bill, HIS's trades and the ledger laid side by side; what differs, and who decided."""

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from business.patients.models import Account
from business.payments.models import Merchant, Order, Payment, Refund
from business.security.refs import new_ref


class Direction(models.TextChoices):
    """Which way money went."""

    PAY = "pay", _("收款")
    REFUND = "refund", _("退款")


class FinanceRule(models.Model):
    """What the hospital has decided about its money; one row."""

    four_eyes_fen = models.PositiveBigIntegerField(
        _("双人复核起点（分）"), default=50_000, help_text=_("超过此金额的处理须由另一人审批；核销不论金额都须审批")
    )
    bill_hour = models.PositiveSmallIntegerField(
        _("对账开始时间（时）"), default=10, help_text=_("渠道一般次日 10 点后提供账单")
    )

    class Meta:
        verbose_name = _("财务规则")
        verbose_name_plural = _("财务规则")

    def __str__(self) -> str:
        return str(self._meta.verbose_name)


class Bill(models.Model):
    """One day's bill as the channel gave it out; the file is kept with its hash."""

    merchant = models.ForeignKey(Merchant, models.PROTECT, related_name="bills", verbose_name=_("收款商户"))
    day = models.DateField(_("账单日"))
    path = models.CharField(_("文件"), max_length=200)
    sha256 = models.CharField(_("SHA-256"), max_length=64)
    size = models.PositiveBigIntegerField(_("字节数"))
    lines = models.PositiveIntegerField(_("行数"), default=0)
    fetched_at = models.DateTimeField(_("下载时间"))

    class Meta:
        verbose_name = _("渠道账单")
        verbose_name_plural = _("渠道账单")
        default_permissions = ("view",)
        constraints = [models.UniqueConstraint(fields=["merchant", "day"], name="bill_once")]

    def __str__(self) -> str:
        return f"{self.merchant} {self.day}"


class BillEntry(models.Model):
    """One line of a bill, laid into a table so that any number of lines can be compared without holding them."""

    bill = models.ForeignKey(Bill, models.CASCADE, related_name="entries", verbose_name=_("账单"))
    direction = models.CharField(_("方向"), max_length=6, choices=Direction.choices)
    # The channel's transaction number of a payment, our refund number of a refund.
    number = models.CharField(_("单号"), max_length=64)
    out_trade_no = models.CharField(_("商户订单号"), max_length=64)
    amount_fen = models.BigIntegerField(_("金额（分）"))
    fee_fen = models.BigIntegerField(_("手续费（分）"), default=0)
    state = models.CharField(_("渠道状态"), max_length=20, blank=True)
    at = models.DateTimeField(_("时间"))

    class Meta:
        verbose_name = _("账单明细")
        verbose_name_plural = _("账单明细")
        default_permissions = ()
        indexes = [
            models.Index(fields=["bill", "direction"], name="billentry_bill"),
            models.Index(fields=["number"], name="billentry_number"),
        ]

    def __str__(self) -> str:
        return self.number


class HisEntry(models.Model):
    """One line of HIS's trade list of a day."""

    day = models.DateField(_("HIS 入账日"), db_index=True)
    direction = models.CharField(_("方向"), max_length=6, choices=Direction.choices)
    # The channel's transaction number of a payment, the refund number HIS was told.
    reference = models.CharField(_("支付或退款单号"), max_length=64, db_index=True)
    trade_no = models.CharField(_("业务流水号"), max_length=64)
    kind = models.CharField(_("业务类型"), max_length=30)
    pay_channel = models.CharField(_("支付渠道"), max_length=20)
    amount_fen = models.BigIntegerField(_("金额（分）"))
    his_order_no = models.CharField(_("HIS 单号"), max_length=64, blank=True)
    at = models.DateTimeField(_("时间"))

    class Meta:
        verbose_name = _("HIS 交易")
        verbose_name_plural = _("HIS 交易")
        default_permissions = ()

    def __str__(self) -> str:
        return self.reference


class Batch(models.Model):
    """One day of one merchant, compared; running it again overwrites the figures and closes what agrees now."""

    class State(models.TextChoices):
        """How far the comparison is."""

        RUNNING = "running", _("对账中")
        DONE = "done", _("已完成")
        FAILED = "failed", _("未完成")

    merchant = models.ForeignKey(Merchant, models.PROTECT, related_name="batches", verbose_name=_("收款商户"))
    day = models.DateField(_("对账日"), db_index=True)
    bill = models.ForeignKey(Bill, models.PROTECT, null=True, verbose_name=_("渠道账单"))
    state = models.CharField(_("状态"), max_length=10, choices=State.choices, default=State.RUNNING)
    runs = models.PositiveIntegerField(_("对账次数"), default=0)
    # While somebody is at it nobody else is, unless they died on it.
    leased_until = models.DateTimeField(null=True, editable=False)
    channel_count = models.PositiveIntegerField(_("渠道笔数"), default=0)
    channel_paid_fen = models.BigIntegerField(_("渠道收款"), default=0)
    channel_refunded_fen = models.BigIntegerField(_("渠道退款"), default=0)
    channel_fee_fen = models.BigIntegerField(_("渠道手续费"), default=0)
    ledger_count = models.PositiveIntegerField(_("账本笔数"), default=0)
    ledger_paid_fen = models.BigIntegerField(_("账本收款"), default=0)
    ledger_refunded_fen = models.BigIntegerField(_("账本退款"), default=0)
    his_count = models.PositiveIntegerField(_("HIS 笔数"), default=0)
    his_paid_fen = models.BigIntegerField(_("HIS 收款"), default=0)
    his_refunded_fen = models.BigIntegerField(_("HIS 退款"), default=0)
    matched = models.PositiveIntegerField(_("一致笔数"), default=0)
    differing = models.PositiveIntegerField(_("差异笔数"), default=0)
    problem = models.CharField(_("问题"), max_length=300, blank=True)
    started_at = models.DateTimeField(_("开始时间"))
    finished_at = models.DateTimeField(_("完成时间"), null=True)

    class Meta:
        verbose_name = _("对账批次")
        verbose_name_plural = _("对账批次")
        default_permissions = ("view", "change")
        ordering = ["-day", "merchant_id"]
        constraints = [models.UniqueConstraint(fields=["merchant", "day"], name="batch_once")]

    def __str__(self) -> str:
        return f"{self.merchant} {self.day}"


class Difference(models.Model):
    """One thing that the three sides do not tell alike; closed when the next run agrees or finance has explained it."""

    class Kind(models.TextChoices):
        """What differs."""

        CHANNEL_ONLY = "channel_only", _("仅渠道有")
        LEDGER_ONLY = "ledger_only", _("仅账本有")
        HIS_ONLY = "his_only", _("仅 HIS 有")
        HIS_MISSING = "his_missing", _("HIS 未入账")
        AMOUNT = "amount", _("金额不符")
        STATE = "state", _("状态不符")
        CROSS_DAY = "cross_day", _("跨日入账")

    class State(models.TextChoices):
        """Where its handling stands."""

        OPEN = "open", _("待处理")
        WAITING = "waiting", _("待审批")
        ACTING = "acting", _("处理中，待下次对账")
        WRITTEN_OFF = "written_off", _("已核销")
        CLOSED = "closed", _("已一致")

    batch = models.ForeignKey(Batch, models.PROTECT, related_name="differences", verbose_name=_("对账批次"))
    key = models.CharField(_("幂等键"), max_length=120, unique=True)
    kind = models.CharField(_("差异类型"), max_length=14, choices=Kind.choices)
    direction = models.CharField(_("方向"), max_length=6, choices=Direction.choices)
    number = models.CharField(_("支付或退款单号"), max_length=64)
    out_trade_no = models.CharField(_("商户订单号"), max_length=64, blank=True)
    order = models.ForeignKey(Order, models.PROTECT, null=True, related_name="differences", verbose_name=_("订单"))
    payment = models.ForeignKey(Payment, models.PROTECT, null=True, related_name="+", verbose_name=_("收款"))
    refund = models.ForeignKey(Refund, models.PROTECT, null=True, related_name="+", verbose_name=_("退款"))
    channel_fen = models.BigIntegerField(_("渠道金额（分）"), null=True)
    ledger_fen = models.BigIntegerField(_("账本金额（分）"), null=True)
    his_fen = models.BigIntegerField(_("HIS 金额（分）"), null=True)
    reason = models.CharField(_("原因"), max_length=200)
    state = models.CharField(_("处理状态"), max_length=12, choices=State.choices, default=State.OPEN)
    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("负责人")
    )
    seen_run = models.PositiveIntegerField(default=0, editable=False)
    found_at = models.DateTimeField(_("发现时间"))
    closed_at = models.DateTimeField(_("结束时间"), null=True)

    class Meta:
        verbose_name = _("对账差异")
        verbose_name_plural = _("对账差异")
        default_permissions = ("view", "change")
        permissions = [("approve_difference", _("审批差异处理"))]
        ordering = ["-id"]
        indexes = [models.Index(fields=["state"], name="difference_state")]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} {self.number}"

    @property
    def at_stake_fen(self) -> int:
        """The most that any side says."""
        return max(self.channel_fen or 0, self.ledger_fen or 0, self.his_fen or 0)


class RefundRequest(models.Model):
    """A patient asks for money back that was taken and never became anything (38.1)."""

    class State(models.TextChoices):
        """Where the request stands."""

        FILED = "filed", _("待财务核对")
        WAITING = "waiting", _("待审批")
        APPROVED = "approved", _("已同意，退款中")
        REFUSED = "refused", _("未同意")

    ref = models.CharField(_("公开编号"), max_length=20, unique=True, default=new_ref, editable=False)
    order = models.ForeignKey(Order, models.PROTECT, related_name="refund_requests", verbose_name=_("订单"))
    # "<order>" while it waits for a decision: one open request an order.
    live_claim = models.CharField(max_length=40, unique=True, null=True, editable=False)
    account = models.ForeignKey(Account, models.PROTECT, related_name="+", verbose_name=_("账户"))
    reason = models.CharField(_("患者说明"), max_length=200)
    state = models.CharField(_("状态"), max_length=10, choices=State.choices, default=State.FILED)
    answer = models.CharField(_("答复"), max_length=200, blank=True)
    created_at = models.DateTimeField(_("申请时间"), auto_now_add=True)
    decided_at = models.DateTimeField(_("处理时间"), null=True)

    class Meta:
        verbose_name = _("退款申请")
        verbose_name_plural = _("退款申请")
        default_permissions = ("view", "change")
        ordering = ["-id"]

    def __str__(self) -> str:
        return self.order.out_trade_no


class Decision(models.Model):
    """What somebody proposed to do about a difference or a request, and who approved it (four eyes)."""

    class Way(models.TextChoices):
        """The way out."""

        SETTLE = "settle", _("向渠道核实并补记")
        REFUND = "refund", _("冲正并退款")
        WRITE_OFF = "write_off", _("核销")
        REFUSE = "refuse", _("不同意")

    class State(models.TextChoices):
        """Where the decision stands."""

        WAITING = "waiting", _("待审批")
        APPROVED = "approved", _("已批准")
        REJECTED = "rejected", _("已驳回")

    difference = models.ForeignKey(
        Difference, models.PROTECT, null=True, related_name="decisions", verbose_name=_("差异")
    )
    request = models.ForeignKey(
        RefundRequest, models.PROTECT, null=True, related_name="decisions", verbose_name=_("退款申请")
    )
    way = models.CharField(_("处理方式"), max_length=10, choices=Way.choices)
    amount_fen = models.BigIntegerField(_("涉及金额（分）"))
    reason = models.CharField(_("理由"), max_length=200)
    state = models.CharField(_("状态"), max_length=10, choices=State.choices, default=State.WAITING)
    proposed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name=_("提出人")
    )
    proposed_at = models.DateTimeField(_("提出时间"))
    decided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+", verbose_name=_("审批人")
    )
    decided_at = models.DateTimeField(_("审批时间"), null=True)
    note = models.CharField(_("审批意见"), max_length=200, blank=True)
    outcome = models.CharField(_("执行结果"), max_length=200, blank=True)

    class Meta:
        verbose_name = _("处理决定")
        verbose_name_plural = _("处理决定")
        default_permissions = ("view",)
        ordering = ["id"]

    def __str__(self) -> str:
        return f"{self.get_way_display()} {self.amount_fen}"
