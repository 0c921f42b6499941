"""就诊人详情: the patient as a graphic card, what is known of them, their cards, a block on bookings and its appeal."""

from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _
from wagtail import blocks

from blocks import roles
from blocks.actions import ActionRequest, ActionResult, Again, GoTo
from blocks.base import GROUP_PATIENTS, PortalBlock
from blocks.patients import samples
from blocks.patients.here import account_in, here, parameters
from blocks.patients.views_of import patient_view, shown_number
from business.patients import queries, services
from business.patients.documents import Gender
from business.patients.errors import AppealRefused, PatientBusy
from business.patients.models import Appeal, Block, Guardian, Patient
from business.patients.services import standing
from business.security.errors import InvalidInput
from business.security.masking import mask_id_number, mask_name, mask_phone

OK = 200
DONE = {"saved": _("修改已保存"), "bound": _("就诊卡已绑定"), "unbound": _("就诊卡已解绑"), "appealed": _("申诉已提交")}


def _ref(asked: ActionRequest) -> str:
    """Return whose page this is: the address names them, else it is the default patient's."""
    if ref := asked.request.GET.get("patient", ""):
        return ref
    first = queries.default_patient(asked.account) if asked.account else None
    return first.ref if first else ""


def _back(asked: ActionRequest, done: str) -> GoTo:
    page = asked.page.get_url(asked.request) or "/"
    return GoTo(roles.with_query(page, patient=_ref(asked), **{done: "1"}))


def reveal(asked: ActionRequest) -> ActionResult:
    """Show the numbers in full this once: they are not on the page before."""
    assert asked.account is not None  # noqa: S101  # the block needs an account
    queries.get_patient(asked.account, _ref(asked))
    return Again({"reveals": True}, status=OK)


def unbind(asked: ActionRequest) -> ActionResult:
    """Give a card up; the reason why not stands at the cards."""
    assert asked.account is not None  # noqa: S101
    try:
        services.unbind_card(account=asked.account, ref=asked.data.get("card", ""))
    except PatientBusy as error:
        return Again({"card_problem": error.sentence})
    return _back(asked, "unbound")


def appeal(asked: ActionRequest) -> ActionResult:
    """Hand in what the patient says to a block."""
    assert asked.account is not None  # noqa: S101
    text = asked.data.get("text", "")
    try:
        services.appeal(
            account=asked.account, patient_ref=_ref(asked), block_ref=asked.data.get("block", ""), text=text
        )
    except (InvalidInput, AppealRefused) as error:
        return Again({"appeal_problem": error.sentence, "appeal_text": text})
    return _back(asked, "appealed")


def remove(asked: ActionRequest) -> ActionResult:
    """Take the patient off the list."""
    assert asked.account is not None  # noqa: S101
    try:
        services.remove_patient(account=asked.account, ref=_ref(asked))
    except PatientBusy as error:
        return Again({"remove_problem": error.sentence})
    return GoTo(roles.url_for("patients.list", asked.request) or "/")


class PatientDetailBlock(PortalBlock):
    """One patient."""

    delivery = "island"
    serves = "patients.detail"
    links_to = ("patients.list", "patients.edit", "patients.code", "patients.bind")
    needs_account = True
    actions = {"reveal": reveal, "unbind": unbind, "appeal": appeal, "remove": remove}
    skeleton = "rows"

    card_title = blocks.CharBlock(label=_("卡面标题"), default=_("电子就诊卡"), max_length=12, required=False)
    remove_text = blocks.CharBlock(
        label=_("移除前的说明"),
        default=_("移除后不能再为其预约；已有的预约和缴费记录会保留。"),
        max_length=80,
        required=False,
    )
    appeal_text = blocks.CharBlock(
        label=_("申诉说明"),
        default=_("如有特殊情况（如当天急诊、停诊改期），请写明，医院会在 3 个工作日内答复。每次限制可申诉一次。"),
        max_length=120,
        required=False,
    )

    class Meta:
        label = _("就诊人详情")
        icon = "user"
        group = GROUP_PATIENTS
        description = _("电子就诊卡卡面、证件与就诊卡、预约限制及申诉，可修改、绑卡、移除。")
        template = "blocks/patients/detail.html"

    def live(self, value: Any, context: Mapping[str, Any]) -> dict[str, Any]:
        """Return everything about one patient; 5 SQL besides the roles."""
        account, request = account_in(context), context.get("request")
        asked = parameters(context)
        list_url = roles.url_for("patients.list", request) or ""
        if account is None:
            return {"patient": None, "list_url": list_url}
        ref = asked.get("patient", "")
        patient = queries.get_patient(account, ref) if ref else queries.default_patient(account)
        if patient is None:
            return {"patient": None, "list_url": list_url}
        reveals = bool(context.get("reveals"))
        guardian = Guardian.objects.filter(patient=patient).first()
        blocked = list(standing.live_blocks(patient.id_index).select_related("appeal"))
        return {
            "patient": patient_view(patient),
            "face": card_face(patient, reveals=reveals),
            "reveals": reveals,
            "rows": facts(patient, guardian, reveals=reveals),
            "cards": [
                {"ref": card.ref, "number": card.card_no if reveals else shown_number(card.card_no)}
                for card in queries.cards_of(patient)
            ],
            "blocks": [block_view(one) for one in blocked],
            "done": next((words for key, words in DONE.items() if asked.get(key)), ""),
            "list_url": list_url,
            "edit_url": roles.url_for("patients.edit", request, patient=patient.ref) or "",
            "code_url": roles.url_for("patients.code", request, patient=patient.ref) or "",
            "bind_url": roles.url_for("patients.bind", request) or "",
            "here_url": here(context),
        }

    def sample(self, value: Any, context: Mapping[str, Any]) -> dict[str, Any]:
        """Return a made-up patient."""
        return samples.detail()


def card_face(patient: Patient, *, reveals: bool) -> dict[str, str]:
    """Return what stands on the graphic card."""
    return {
        "name": patient.name,
        "gender": str(Gender(patient.gender).label),
        "age": f"{patient.age}",
        "number": (patient.card_no if reveals else shown_number(patient.card_no)) if patient.card_no else "",
        "document": str(Patient.IdType(patient.id_type).label),
        "id_number": patient.id_number if reveals else shown_number(patient.id_number),
        "verified": (patient.name_state == Patient.NameState.MATCH and str(patient.get_name_state_display())) or "",
    }


def facts(patient: Patient, guardian: Guardian | None, *, reveals: bool) -> list[dict[str, Any]]:
    """Return what is known of a patient, as rows."""
    born = patient.birth_date
    proved = _now("已验证") if patient.phone_proved_at else _now("未验证")
    rows = [
        {"label": _now("与您的关系"), "value": patient.get_relation_display()},
        {"label": _now("出生日期"), "value": born.isoformat() if reveals else f"{born.year}-**-**"},
        {
            "label": _now("手机号"),
            "value": f"{patient.phone if reveals else patient.masked_phone}（{proved}）",
        },
        {"label": _now("实名核验"), "value": patient.get_name_state_display()},
    ]
    if guardian is not None:
        name = guardian.name if reveals else mask_name(guardian.name)
        rows += [
            {"label": _now("监护人"), "value": f"{name}（{guardian.get_relation_display()}）"},
            {
                "label": _now("监护人证件"),
                "value": guardian.id_number if reveals else mask_id_number(guardian.id_number),
            },
            {"label": _now("监护人电话"), "value": guardian.phone if reveals else mask_phone(guardian.phone)},
        ]
    return rows


def block_view(block: Block) -> dict[str, Any]:
    """Return why bookings are closed, until when, and where an appeal stands."""
    made: Appeal | None = getattr(block, "appeal", None)
    return {
        "ref": block.ref,
        "reason": block.reason,
        "until": standing.until(block),
        "appeal": made
        and {
            "state": made.get_state_display(),
            "answer": made.answer,
            "is_pending": made.state == Appeal.State.PENDING,
        },
    }
