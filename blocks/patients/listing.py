"""就诊人列表: all patients of the account, default and removal."""

from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext_lazy as _
from wagtail import blocks

from blocks import roles
from blocks.actions import ActionRequest, ActionResult, Again, GoTo
from blocks.base import GROUP_PATIENTS, PortalBlock
from blocks.patients import samples
from blocks.patients.here import account_in, parameters
from blocks.patients.views_of import patient_view
from business.patients import queries, rules, services
from business.patients.errors import PatientBusy


def _here(asked: ActionRequest) -> str:
    return asked.page.get_url(asked.request) or "/"


def make_default(asked: ActionRequest) -> ActionResult:
    """Preselect this patient from now on."""
    assert asked.account is not None  # noqa: S101  # the block needs an account
    services.set_default(account=asked.account, ref=asked.data.get("patient", ""))
    return GoTo(_here(asked))


def remove(asked: ActionRequest) -> ActionResult:
    """Take a patient off the list; the reason why not stands at that patient."""
    assert asked.account is not None  # noqa: S101
    ref = asked.data.get("patient", "")
    try:
        services.remove_patient(account=asked.account, ref=ref)
    except PatientBusy as error:
        return Again({"form_error": error.sentence, "problem_ref": ref})
    return GoTo(_here(asked))


class PatientListBlock(PortalBlock):
    """One card a patient."""

    delivery = "island"
    serves = "patients.list"
    links_to = ("patients.add", "patients.detail", "patients.bind")
    needs_account = True
    actions = {"make_default": make_default, "remove": remove}
    skeleton = "list"

    add_text = blocks.CharBlock(label=_("添加按钮"), default=_("添加就诊人"), max_length=12, required=False)
    remove_text = blocks.CharBlock(
        label=_("移除前的说明"),
        default=_("移除后不能再为其预约；已有的预约和缴费记录会保留。"),
        max_length=80,
        required=False,
    )
    empty_title = blocks.CharBlock(
        label=_("没有就诊人时的标题"), default=_("还没有就诊人"), max_length=20, required=False
    )
    empty_text = blocks.CharBlock(
        label=_("没有就诊人时的说明"),
        default=_("为自己或家人添加后即可预约、缴费、查报告。"),
        max_length=60,
        required=False,
    )

    class Meta:
        label = _("就诊人列表")
        icon = "group"
        group = GROUP_PATIENTS
        description = _("账户名下的就诊人，可设为默认、移除、添加。")
        template = "blocks/patients/list.html"

    def live(self, value: Any, context: Mapping[str, Any]) -> dict[str, Any]:
        """Return the patients; 2 SQL besides the roles."""
        account = account_in(context)
        request = context.get("request")
        detail_url = roles.url_for("patients.detail", request)
        mine = [
            {**patient_view(p), "url": roles.with_query(detail_url, patient=p.ref) if detail_url else ""}
            for p in (queries.patients_of(account) if account else ())
        ]
        added = parameters(context).get("added", "")
        most = rules.current().most_patients
        return {
            "patients": mine,
            "added": next((p for p in mine if p["ref"] == added), None),
            "add_url": roles.url_for("patients.add", request) or "",
            "bind_url": roles.url_for("patients.bind", request) or "",
            "is_full": len(mine) >= most,
            "most": most,
        }

    def sample(self, value: Any, context: Mapping[str, Any]) -> dict[str, Any]:
        """Return two made-up patients."""
        return samples.listing()
