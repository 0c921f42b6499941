"""Whether a name and an ID number belong together: what the portal asks (port) and how (adapter)."""

from business.integration.realname.factory import client, is_configured
from business.integration.realname.port import RealNamePort, Verdict

__all__ = ["RealNamePort", "Verdict", "client", "is_configured"]
