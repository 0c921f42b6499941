"""添加就诊人: the form, each mistake at its field, everything typed kept."""

from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext_lazy as _
from wagtail import blocks

from blocks import roles
from blocks.actions import ActionRequest, ActionResult, Again, GoTo
from blocks.base import GROUP_PATIENTS, PortalBlock
from blocks.patients import person
from blocks.patients.forms import PatientForm
from blocks.patients.here import account_in, parameters, safe_next
from business.patients import services
from business.patients.models import PatientRule


def add(asked: ActionRequest) -> ActionResult:
    """Add the patient, then back to where the patient was needed, else to the list."""
    if person.wants_code(asked):
        return person.send_code(asked)
    patient = person.submit(asked, None, services.add_patient)
    if isinstance(patient, Again):
        return patient
    if target := safe_next(asked.data.get("next")):
        return GoTo(_with_patient(target, patient.ref))
    return GoTo(roles.url_for("patients.list", asked.request, added=patient.ref) or "/")


def _with_patient(target: str, ref: str) -> str:
    """Go back with the new patient chosen."""
    path, _mark, query = target.partition("?")
    kept = "&".join(part for part in query.split("&") if part and not part.startswith("patient="))
    return f"{path}?{kept}&patient={ref}" if kept else f"{path}?patient={ref}"


class PatientAddBlock(PortalBlock):
    """The form of a new patient."""

    delivery = "island"
    serves = "patients.add"
    links_to = ("patients.list",)
    needs_account = True
    actions = {"add": add, "shape": person.shape}
    skeleton = "rows"

    intro = blocks.CharBlock(
        label=_("说明"),
        default=_("信息仅用于在本院建立就诊档案，请与证件保持一致。"),
        max_length=120,
        required=False,
    )
    consent_text = blocks.CharBlock(
        label=_("同意声明"),
        default=_("我已阅读并同意《隐私说明》，授权医院使用以上信息建立就诊档案"),
        max_length=120,
    )
    privacy_title = blocks.CharBlock(label=_("隐私说明标题"), default=_("隐私说明"), max_length=20)
    privacy_text = blocks.TextBlock(
        label=_("隐私说明"),
        default=_(
            "为了给您预约、建档和发送就诊通知，我们需要就诊人的姓名、证件号码、手机号和与您的关系。"
            "这些信息加密保存，只在本院用于就医服务，不会提供给其他机构；页面上始终隐去中间的号码。\n"
            "您可以随时在「就诊人」页面移除就诊人。已经发生的预约、缴费记录按医疗和财务规定保存。"
        ),
        max_length=2000,
    )
    button_text = blocks.CharBlock(label=_("提交按钮"), default=_("添加就诊人"), max_length=12, required=False)

    class Meta:
        label = _("添加就诊人")
        icon = "plus"
        group = GROUP_PATIENTS
        description = _("填写证件、手机号和关系，短信验证后为本人或家人建档；证件种类和规则在后台设置。")
        template = "blocks/patients/add.html"

    def live(self, value: Any, context: Mapping[str, Any]) -> dict[str, Any]:
        """Return an empty form; 1 SQL. After an action the form it made is shown instead."""
        asked = safe_next(parameters(context).get("next"))
        if "form" in context:
            return {"form": context["form"], "next": asked}
        return {"form": PatientForm(account=account_in(context)), "next": asked}

    def sample(self, value: Any, context: Mapping[str, Any]) -> dict[str, Any]:
        """Return the form as it is under the usual rules."""
        return {"form": PatientForm(account=None, rule=PatientRule()), "next": ""}
