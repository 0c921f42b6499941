"""修改就诊人: the form of adding, filled with what is known; numbers are kept where nothing new is typed."""

from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext_lazy as _
from wagtail import blocks

from blocks import roles
from blocks.actions import ActionRequest, ActionResult, Again, GoTo
from blocks.base import GROUP_PATIENTS, PortalBlock
from blocks.patients import person
from blocks.patients.forms import PatientForm
from blocks.patients.here import account_in, parameters
from business.patients import queries, services
from business.patients.models import Patient, PatientRule


def _stored(asked: ActionRequest) -> Patient:
    assert asked.account is not None  # noqa: S101  # the block needs an account
    return queries.get_patient(asked.account, asked.request.GET.get("patient", ""))


def shape(asked: ActionRequest) -> ActionResult:
    """Change with the document chosen."""
    return person.shape(asked, _stored(asked))


def save(asked: ActionRequest) -> ActionResult:
    """Save, then back to the patient."""
    stored = _stored(asked)
    if person.wants_code(asked):
        return person.send_code(asked, stored)
    patient = person.submit(asked, stored, services.edit_patient, ref=stored.ref)
    if isinstance(patient, Again):
        return patient
    return GoTo(roles.url_for("patients.detail", asked.request, patient=patient.ref, saved="1") or "/")


class PatientEditBlock(PortalBlock):
    """The form of one patient."""

    delivery = "island"
    serves = "patients.edit"
    links_to = ("patients.detail", "patients.list")
    needs_account = True
    actions = {"save": save, "shape": shape}
    skeleton = "rows"

    intro = blocks.CharBlock(
        label=_("说明"),
        default=_("修改姓名或证件后会重新核验并重新建档；有待就诊的预约时不能修改。"),
        max_length=120,
        required=False,
    )
    button_text = blocks.CharBlock(label=_("保存按钮"), default=_("保存"), max_length=12, required=False)

    class Meta:
        label = _("修改就诊人")
        icon = "edit"
        group = GROUP_PATIENTS
        description = _("修改就诊人的手机号、关系；姓名和证件修改后重新核验。")
        template = "blocks/patients/edit.html"

    def live(self, value: Any, context: Mapping[str, Any]) -> dict[str, Any]:
        """Return the filled form; 3 SQL. After an action the form it made is shown instead."""
        account = account_in(context)
        if "form" in context or account is None:
            return {"form": context.get("form")}
        stored = queries.get_patient(account, parameters(context).get("patient", ""))
        return {"form": PatientForm(account=account, stored=stored)}

    def sample(self, value: Any, context: Mapping[str, Any]) -> dict[str, Any]:
        """Return the form with a made-up name."""
        return {"form": PatientForm(account=None, rule=PatientRule(), typed={"name": "林晓雯", "relation": "self"})}
