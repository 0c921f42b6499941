"""Chooses the content security policy of an answer: the editor's desk has its own, everything else the portal's."""

from csp.middleware import CSPMiddleware, PolicyParts
from django.conf import settings
from django.http import HttpRequest
from django.http.response import HttpResponseBase


class ContentSecurityMiddleware(CSPMiddleware):
    """django-csp's middleware with a second policy for addresses under ADMIN_PATH."""

    def get_policy_parts(
        self, request: HttpRequest, response: HttpResponseBase, report_only: bool = False
    ) -> PolicyParts:
        """Return the portal's policy, or the desk's where staff work."""
        parts = super().get_policy_parts(request, response, report_only)
        if not report_only and parts.config is None and request.path_info.startswith(f"/{settings.ADMIN_PATH}/"):
            parts.config = settings.CONTENT_SECURITY_POLICY_DESK
        return parts
