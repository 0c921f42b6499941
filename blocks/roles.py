"""Service roles: the steps of the portal that a page can take over, so that blocks link to a step and not to a page.

Staff rewire a flow by giving a role to another page. `blocks` knows no page types: ``cms.pages`` plugs in the resolver
that finds the live page of a role.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final
from urllib.parse import urlencode

from django.http import HttpRequest
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _


@dataclass(frozen=True)
class Role:
    """A step of the portal."""

    code: str
    label: str | Promise
    help: str | Promise = ""


ROLES: Final[dict[str, Role]] = {
    role.code: role
    for role in (
        Role("home", _("首页"), _("患者打开掌上医院时看到的第一页")),
        Role("registration.departments", _("挂号 · 选择科室")),
        Role("registration.doctors", _("挂号 · 选择医生")),
        Role("registration.slots", _("挂号 · 选择时段")),
        Role("registration.confirm", _("挂号 · 确认预约")),
        Role("payments.checkout", _("支付 · 收银台")),
        Role("registration.result", _("挂号 · 预约结果")),
        Role("registration.mine", _("我的预约")),
        Role("registration.waiting", _("挂号 · 候补"), _("门诊约满时加入候补，以及我的候补")),
        Role("registration.board", _("挂号 · 全部号源")),
        Role("registration.my_doctors", _("我的医生")),
        Role("registration.move", _("挂号 · 改约")),
        Role("visits.checkin", _("就诊 · 报到"), _("报到点二维码打开的页面")),
        Role("visits.queue", _("就诊 · 候诊进度")),
        Role("patients.list", _("就诊人 · 列表")),
        Role("patients.add", _("就诊人 · 添加")),
        Role("patients.detail", _("就诊人 · 详情"), _("电子就诊卡、就诊卡、预约限制与申诉")),
        Role("patients.edit", _("就诊人 · 修改")),
        Role("patients.bind", _("就诊人 · 绑定就诊卡")),
        Role("patients.code", _("就诊人 · 就诊二维码"), _("报到、缴费、取药时出示")),
        Role("account.me", _("我的")),
        Role("messages", _("消息")),
        Role("notices", _("公告")),
        Role("places.map", _("楼层导航"), _("患者查科室在哪一层、怎么走")),
        Role("places.departments", _("科室介绍 · 目录"), _("新科室的介绍页自动建在这一页下面")),
        Role("places.doctors", _("专家介绍 · 目录"), _("新医生的介绍页自动建在这一页下面")),
        Role("places.conditions", _("症状找科室")),
        Role("help", _("帮助中心"), _("新的帮助回答建在这一页下面")),
        Role("search", _("搜索结果"), _("首页搜索框和搜索组件的结果")),
    )
}

RoleResolver = Callable[[str, HttpRequest | None], str | None]

_resolver: list[RoleResolver] = []


def choices() -> list[tuple[str, str | Promise]]:
    """Return the roles as choices of a form field."""
    return [(role.code, role.label) for role in ROLES.values()]


def label_of(code: str) -> str:
    """Return a role's Chinese label; the code itself where the role is unknown."""
    role = ROLES.get(code)
    return str(role.label) if role else code


def set_resolver(resolver: RoleResolver) -> None:
    """Plug in the function that finds the path of a role's live page (called once, by ``cms.pages``)."""
    _resolver[:] = [resolver]


def with_query(url: str, **params: object) -> str:
    """Return ``url`` with the parameters that are not None or empty added to its query."""
    query = urlencode({key: value for key, value in params.items() if value not in (None, "")})
    if not query:
        return url
    return f"{url}{'&' if '?' in url else '?'}{query}"


def url_for(role: str, request: HttpRequest | None = None, **params: object) -> str | None:
    """Return the address of the live page that has ``role``, with ``params`` as its query; None where there is none.

    All roles of a site are read once per request, however many links a page has.
    """
    url = _resolver[0](role, request) if _resolver else None
    return None if url is None else with_query(url, **params)
