"""就诊二维码: the patient's rotating code, for scanners of the hospital."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from wagtail import blocks

from blocks import roles
from blocks.base import GROUP_PATIENTS, PortalBlock
from blocks.patients import samples
from blocks.patients.here import account_in, fragment, here, parameters
from blocks.patients.views_of import patient_view
from blocks.registration.ticket import qr_svg
from business.patients import codes, queries


class PatientCodeBlock(PortalBlock):
    """One code, renewed by itself before it dies; without a network the dead one goes away."""

    delivery = "island"
    serves = "patients.code"
    links_to = ("patients.add", "patients.detail")
    needs_account = True
    skeleton = "card"

    note = blocks.CharBlock(
        label=_("二维码下的说明"),
        default=_("报到、缴费、取药时出示，约每分钟自动更新，请勿截图转发。"),
        max_length=60,
        required=False,
    )
    hint = blocks.CharBlock(
        label=_("扫不出来时的提示"),
        default=_("扫不出来？把屏幕调亮，二维码正对扫描窗，距离约 10 厘米。"),
        max_length=60,
        required=False,
    )
    empty_title = blocks.CharBlock(
        label=_("没有就诊人时的标题"), default=_("还没有就诊人"), max_length=20, required=False
    )
    empty_text = blocks.CharBlock(
        label=_("没有就诊人时的说明"), default=_("添加就诊人后即可使用就诊二维码"), max_length=40, required=False
    )

    class Meta:
        label = _("就诊二维码")
        icon = "link"
        group = GROUP_PATIENTS
        description = _("就诊人的动态二维码，代替实体就诊卡：签名、一分钟有效、用过即换。")
        template = "blocks/patients/code.html"

    def live(self, value: Any, context: Mapping[str, Any]) -> dict[str, Any]:
        """Return the code of the chosen or default patient; 1 SQL besides the roles."""
        account, request = account_in(context), context.get("request")
        mine = list(queries.patients_of(account)) if account else []
        wanted = parameters(context).get("patient", "")
        current = next((one for one in mine if one.ref == wanted), None) or next(iter(mine), None)
        if current is None:
            return {"current": None, "add_url": roles.url_for("patients.add", request, next=here(context)) or ""}
        return {
            "current": patient_view(current),
            "svg": qr_svg(codes.issue(current)),
            "renew_at": timezone.now() + timedelta(seconds=codes.RENEW_SECONDS),
            "card_line": current.card_no and patient_view(current)["card_line"],
            "again": {"url": here(context), "hx_url": fragment(context)},
            "chips": [
                {
                    "label": one.name,
                    "url": here(context, patient=one.ref),
                    "hx_url": fragment(context, patient=one.ref),
                    "is_active": one.pk == current.pk,
                }
                for one in mine
            ]
            if len(mine) > 1
            else [],
            "detail_url": roles.url_for("patients.detail", request, patient=current.ref) or "",
        }

    def sample(self, value: Any, context: Mapping[str, Any]) -> dict[str, Any]:
        """Return a code that opens nothing."""
        return {
            "current": samples.LIN,
            "svg": qr_svg("PHP1.SAMPLE.0.SAMPLE.SAMPLE-ONLY-NOT-A-CODE-OF-ANYBODY-0000000"),
            "renew_at": None,
            "card_line": "3601 **** 0001",
            "again": {"url": "#", "hx_url": ""},
            "chips": [],
            "detail_url": "#",
        }
