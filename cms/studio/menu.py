"""From the desk's draft to the official account: links made absolute, checked against WeChat's limits, pushed."""

from typing import Any
from urllib.parse import urljoin, urlsplit

from django.conf import settings
from django.db import transaction
from django.http import HttpRequest
from django.utils import timezone

from business.integration.wechat import menu as wechat_menu
from cms.backoffice.audit import trail
from cms.studio.models import WechatMenu


def buttons_of(menu: WechatMenu) -> list[dict[str, Any]]:
    """Return the draft in WeChat's own form."""
    return [_button(item.value) for item in menu.buttons]


def _button(value: Any) -> dict[str, Any]:
    below = list(value["sub_buttons"])
    if below:
        return {"name": value["name"], "sub_button": [_action(sub) for sub in below]}
    return _action(value)


def _action(value: Any) -> dict[str, Any]:
    kind, name = value["kind"], value["name"]
    if kind == "click":
        return {"type": kind, "name": name, "key": value["key"]}
    url = value["link"].resolve()
    url = urljoin(f"{settings.PORTAL_URL}/", url) if url else ""
    if kind == "miniprogram":
        return {"type": kind, "name": name, "url": url, "appid": value["app_id"], "pagepath": value["page_path"]}
    return {"type": kind, "name": name, "url": url}


def plain_http() -> str:
    """Return the portal's own origin where it has no TLS (the demonstration), else nothing."""
    parts = urlsplit(settings.PORTAL_URL)
    return f"{parts.scheme}://{parts.netloc}" if parts.scheme == "http" and settings.SANDBOX_URL else ""


def problems_of(menu: WechatMenu) -> list[str]:
    """Return what WeChat would refuse."""
    return wechat_menu.problems(buttons_of(menu), plain_http=plain_http())


def is_pushed(menu: WechatMenu) -> bool:
    """Whether the account has what the draft says."""
    return bool(menu.pushed_at) and menu.pushed.get("button") == buttons_of(menu)


def push(request: HttpRequest, menu: WechatMenu) -> None:
    """Make the draft the account's menu; the same draft again changes nothing.

    Raises ValueError with the sentences of what WeChat would refuse, Refused or Unknown as WeChat answers.
    """
    if sentences := problems_of(menu):
        raise ValueError("；".join(sentences))
    buttons = buttons_of(menu)
    wechat_menu.create(buttons)
    _remember(request, menu, "menu.pushed", {"button": buttons})


def delete(request: HttpRequest, menu: WechatMenu) -> None:
    """Take the account's menu away; the draft stays. Raises Refused or Unknown."""
    wechat_menu.delete()
    _remember(request, menu, "menu.deleted", {})


@transaction.atomic
def _remember(request: HttpRequest, menu: WechatMenu, event: str, pushed: dict[str, Any]) -> None:
    menu.pushed, menu.pushed_at = pushed, timezone.now() if pushed else None
    menu.pushed_by = request.user.get_username()
    menu.save(update_fields=["pushed", "pushed_at", "pushed_by"])
    names = [button["name"] for button in pushed.get("button", [])]
    trail.deed(request, event, menu, detail={"buttons": names})
