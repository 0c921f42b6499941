"""Exceptions that become answers; each family speaks its own protocol."""

__all__ = ["CloudError", "HisProtocolError", "HisRefused", "PayError", "WeChatError"]


class HisRefused(Exception):
    """HIS understood and says no: HTTP 200 with another code than OK."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code
        self.message = message


class HisProtocolError(HisRefused):
    """The request itself is wrong: HTTP 400 or 401."""

    def __init__(self, status: int, code: str, message: str) -> None:
        super().__init__(code, message)
        self.status = status


class CloudError(Exception):
    """An error of Tencent Cloud's API 3.0; the HTTP status is 200."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code
        self.message = message


class PayError(Exception):
    """A WeChat Pay v3 error: an HTTP status with ``{"code", "message"}``."""

    def __init__(self, status: int, code: str, message: str, detail: str = "") -> None:
        super().__init__(message)
        self.status = status
        self.code = code
        self.message = message
        self.detail = detail


class WeChatError(Exception):
    """A WeChat errcode; the HTTP status is 200 as always there."""

    def __init__(self, errcode: int, errmsg: str) -> None:
        super().__init__(errmsg)
        self.errcode = errcode
        self.errmsg = errmsg
