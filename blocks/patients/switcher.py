"""就诊人切换: for whom the account acts now; another choice is one tap, with or without JavaScript."""

from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext_lazy as _
from wagtail import blocks

from blocks import roles
from blocks.actions import ActionRequest, ActionResult, GoTo, requires_sign_in
from blocks.base import GROUP_PATIENTS, PortalBlock
from blocks.patients import samples
from blocks.patients.here import account_in, here, sign_in_url
from blocks.patients.views_of import patient_view
from business.patients import queries, services
from business.registration import queries as registration

STYLES = [("hero", _("大：首页用，含证件号和二维码入口")), ("compact", _("小：服务页用，一行"))]


@requires_sign_in
def switch(asked: ActionRequest) -> ActionResult:
    """Make the chosen patient the default one and stay on the page."""
    assert asked.account is not None  # noqa: S101  # requires_sign_in
    services.set_default(account=asked.account, ref=asked.data.get("patient", ""))
    page = asked.page.get_url(asked.request) or "/"
    query = asked.request.GET.copy()
    # An older choice in the address would win over the new one.
    query.pop("patient", None)
    return GoTo(f"{page}?{query.urlencode()}" if query else page)


class PatientSwitcherBlock(PortalBlock):
    """The current patient; the others behind a disclosure that needs no JavaScript."""

    delivery = "island"
    links_to = ("patients.add",)
    actions = {"switch": switch}

    style = blocks.ChoiceBlock(label=_("样式"), choices=STYLES, default="hero")
    show_code = blocks.BooleanBlock(
        label=_("显示就诊二维码入口"), default=True, required=False, help_text=_("打开就诊人的动态二维码。")
    )
    guest_title = blocks.CharBlock(label=_("未登录标题"), default=_("您好，欢迎就诊"), max_length=20, required=False)
    guest_text = blocks.CharBlock(
        label=_("未登录说明"), default=_("登录后查看就诊人和预约"), max_length=40, required=False
    )
    guest_button = blocks.CharBlock(label=_("登录按钮"), default=_("登录后查看"), max_length=10, required=False)
    empty_title = blocks.CharBlock(
        label=_("没有就诊人时的标题"), default=_("还没有就诊人"), max_length=20, required=False
    )
    empty_text = blocks.CharBlock(
        label=_("没有就诊人时的说明"), default=_("添加后即可预约挂号"), max_length=40, required=False
    )

    class Meta:
        label = _("就诊人切换")
        icon = "user"
        group = GROUP_PATIENTS
        description = _("显示当前就诊人，可切换或添加；未登录时提示登录。")
        template = "blocks/patients/switcher.html"

    def live(self, value: Any, context: Mapping[str, Any]) -> dict[str, Any]:
        """Return the account's patients; 2 SQL besides the roles."""
        request, account = context.get("request"), account_in(context)
        if account is None:
            return {"is_guest": True, "sign_in_url": sign_in_url(context)}
        mine = [patient_view(p) for p in queries.patients_of(account)]
        # Only asked for where no page shows the patient's own code.
        old_way = mine and value.get("show_code") and not roles.url_for("patients.code", request)
        visit = registration.next_appointment(account) if old_way else None
        return {
            "is_guest": False,
            "current": mine[0] if mine else None,
            "others": mine[1:],
            "patients": mine,
            "add_url": roles.url_for("patients.add", request, next=here(context)) or "",
            "qr_url": self._code_url(value, request, mine, visit),
        }

    def _code_url(self, value: Any, request: Any, mine: list[dict[str, Any]], visit: Any) -> str:
        """Return the way to the patient's own code; to that of the next visit where no page shows the former."""
        if not value.get("show_code") or not mine:
            return ""
        if url := roles.url_for("patients.code", request, patient=mine[0]["ref"]):
            return url
        return (roles.url_for("registration.result", request, appointment=visit.ref) or "") if visit else ""

    def sample(self, value: Any, context: Mapping[str, Any]) -> dict[str, Any]:
        """Return two made-up patients."""
        return samples.switcher()
