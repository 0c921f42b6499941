"""What can go wrong when money is compared and decided on, each with a stable code and a sentence for a person."""

from business.security.errors import PortalError


class NotDecidable(PortalError):
    """The difference or the request is not in a state in which this may be decided."""

    code = "not_decidable"

    def __init__(self, sentence: str = "当前状态下不能这样处理，请刷新后再看") -> None:
        super().__init__(sentence)


class SamePerson(PortalError):
    """Whoever proposed may not approve (four eyes)."""

    code = "same_person"

    def __init__(self) -> None:
        super().__init__("提出处理的人不能自己审批，请由另一位同事复核")


class CannotFile(PortalError):
    """The payment is not one for which a refund can be asked for."""

    code = "cannot_file"

    def __init__(self, sentence: str = "这笔订单不需要申请退款，请查看订单进展") -> None:
        super().__init__(sentence)
