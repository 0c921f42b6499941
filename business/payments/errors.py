"""What can go wrong around money, each with a stable code and a sentence a patient understands."""

from business.security.errors import PortalError


class NotFoundError(PortalError):
    """No such order for this account."""

    code = "order_not_found"

    def __init__(self) -> None:
        super().__init__("没有找到这笔订单")


class AlreadyPaid(PortalError):
    """The money has come; the result page knows more."""

    code = "order_paid"

    def __init__(self) -> None:
        super().__init__("这笔订单已经支付，无需重复支付")


class OrderOver(PortalError):
    """The order can no longer be paid."""

    code = "order_over"

    def __init__(self, sentence: str = "这笔订单已超过支付时间或已取消，请重新预约") -> None:
        super().__init__(sentence)


class ChannelTrouble(PortalError):
    """The payment channel did not answer, or refused; trying again is safe."""

    code = "channel_trouble"

    def __init__(self) -> None:
        super().__init__("支付渠道暂时没有响应，请稍后再试；重复尝试不会重复扣款")


class CodeRefused(PortalError):
    """The channel does not take the code on the payer's phone."""

    code = "code_refused"

    def __init__(self, reason: str) -> None:
        super().__init__(f"付款码未能扣款：{reason or '请让患者刷新付款码后重试'}")


class NoPayer(PortalError):
    """The account did not come by the entrance whose cashier is to open."""

    code = "no_payer"

    def __init__(self) -> None:
        super().__init__("请在微信中打开本页面，再支付")


class RefundNotPossible(PortalError):
    """The order's money cannot be given back: there is none, or it was asked back before."""

    code = "refund_not_possible"

    def __init__(self, sentence: str = "这笔订单没有可退的金额") -> None:
        super().__init__(sentence)


class ReversalNotPossible(PortalError):
    """The order holds no money that could go back."""

    code = "reversal_not_possible"

    def __init__(self) -> None:
        super().__init__("这笔订单没有已收的款项，不能冲正")


class NoMerchant(PortalError):
    """The hospital has not set up a merchant account."""

    code = "no_merchant"

    def __init__(self) -> None:
        super().__init__("医院尚未开通在线支付，请到窗口办理")


class PostingRefused(Exception):
    """What the channel says does not fit what we know; an incident tells staff, nothing was posted."""


class ForbiddenMove(Exception):
    """A state change that the table does not allow; a fault of the program."""
