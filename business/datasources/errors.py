"""What can be wrong with a data source, in a patient's words."""

from business.security.errors import PortalError


class DataSourceError(PortalError):
    """Base of this app's errors."""


class MissingParameter(DataSourceError):
    """The page was opened without something the source must be told."""

    def __init__(self, name: str) -> None:
        """Keep which one, for the page's editor."""
        super().__init__("请从上一页重新进入，这里缺少必要的信息", code="missing_parameter")
        self.name = name


class SourceClosed(DataSourceError):
    """An administrator has switched the source off, or deleted it."""

    def __init__(self) -> None:
        """Say it."""
        super().__init__("这项服务暂时关闭，请稍后再来", code="source_closed")


class AddressNotAllowed(DataSourceError):
    """The address is not on the list that the operator allows (setting PH_DATA_HOSTS)."""

    def __init__(self, host: str) -> None:
        """Name the host."""
        super().__init__(f"不允许访问 {host}：请让运维把它加入 PH_DATA_HOSTS", code="address_not_allowed")
