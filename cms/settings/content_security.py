"""Content security policies: a strict one for what patients see, a workable one for the editor's desk."""

from typing import Any
from urllib.parse import urlsplit

from csp.constants import NONE, SELF, UNSAFE_INLINE

# Films of Tencent Video play in a frame of exactly this host, after the patient's touch.
TENCENT_VIDEO = "https://v.qq.com"
# The JS-SDK is the one script that comes from elsewhere, and only inside WeChat.
WECHAT_SCRIPTS = "https://res.wx.qq.com"
# The one player of somebody else's that pages may hold.
TENCENT_VIDEO = "https://v.qq.com"


def portal(*, form_targets: list[str], media: list[str]) -> dict[str, Any]:
    """No inline script or style, nothing from elsewhere but the JS-SDK and films; forms lead to sign-in and cashier.

    Browsers hold `form-action` against every redirect that follows a form too, so the addresses of WeChat's sign-in
    page and of the cashier belong to it.
    """
    return {
        "DIRECTIVES": {
            "default-src": [NONE],
            "script-src": [SELF, WECHAT_SCRIPTS],
            "style-src": [SELF],
            "img-src": [SELF, "data:", *media],
            "media-src": [SELF, *media],
            "font-src": [SELF],
            "connect-src": [SELF],
            "manifest-src": [SELF],
            "frame-src": [SELF, TENCENT_VIDEO],
            "frame-ancestors": [SELF],
            "form-action": [SELF, *form_targets],
            "base-uri": [NONE],
            "object-src": [NONE],
        }
    }


def desk(*, media: list[str]) -> dict[str, Any]:
    """Wagtail's own widgets still start themselves with inline scripts and set inline styles."""
    return {
        "default-src": [SELF],
        "script-src": [SELF, UNSAFE_INLINE],
        "style-src": [SELF, UNSAFE_INLINE],
        "img-src": [SELF, "data:", "blob:", *media],
        "media-src": [SELF, "blob:", *media],
        "font-src": [SELF, "data:"],
        "connect-src": [SELF],
        "frame-src": [SELF, TENCENT_VIDEO],
        "frame-ancestors": [SELF],
        "form-action": [SELF],
        "base-uri": [SELF],
        "object-src": [NONE],
    }


def origins(*addresses: str) -> list[str]:
    """Return scheme and host of each address once, in a stable order; empty ones are left out."""
    split = [urlsplit(address) for address in addresses if address]
    return sorted({f"{part.scheme}://{part.netloc}" for part in split})
