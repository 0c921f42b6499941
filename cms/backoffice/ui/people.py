"""Personal data on the screen: masked, unless somebody with the right said why not."""

import re
from typing import Any

from django import forms
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from business.patients import identity
from business.patients.documents import Gender
from business.patients.models import Patient
from business.security import crypto
from business.security.errors import InvalidInput
from business.security.masking import mask_id_number, mask_name, mask_phone
from cms.backoffice.ui.details import Action

PHONE = re.compile(r"(?:\+?86)?1[3-9]\d{9}")
NUMBER = re.compile(r"(?=[^ ]*\d)[0-9A-Z:]{5,80}")  # of a document or a card: no name has a digit
UNMASK = "backoffice.unmask_patient"
INDEXES = ("name_index", "id_index", "document_index", "phone_index")


class PersonForm(forms.Form):
    """A person as somebody at the counter names them; sent by POST so that it stands in no address and no log."""

    person = forms.CharField(
        label=_("按就诊人查找"),
        max_length=60,
        widget=forms.TextInput(attrs={"placeholder": _("完整姓名、证件号、卡号或手机号"), "autocomplete": "off"}),
    )


def kind_of(text: str) -> tuple[str, str, str]:
    """Return the blind index's purpose, the patient's index field, and the text as it was indexed."""
    text = identity.tidy(text)
    compact = re.sub(r"[\s\-]", "", text).upper()
    if PHONE.fullmatch(compact):
        return "patient.phone", "phone_index", compact[-11:]
    if NUMBER.fullmatch(compact):
        return "patient.id_number", "id_index", compact
    try:
        return "patient.name", "name_index", identity.check_name(text)
    except InvalidInput:
        return "patient.name", "name_index", text


def index_of(text: str) -> str:
    """Return the blind index under which a name, an ID number or a phone number was stored."""
    purpose, _field, value = kind_of(text)
    return crypto.blind_index(purpose, value)


def found_by(index: str, prefix: str = "") -> Q:
    """Return the condition under which a patient has the given index; purposes keep the three kinds apart."""
    query = Q()
    if not prefix:
        for field in INDEXES:
            query |= Q(**{field: index})
        return query
    for field in INDEXES:
        query |= Q(**{f"{prefix}__in": Patient.objects.filter(**{field: index}).values("pk")})
    return query


def name(patient: Patient, *, plain: bool = False) -> str:
    """Return the name, masked unless ``plain``."""
    return patient.name if plain else mask_name(patient.name)


def facts(patient: Patient, *, plain: bool = False) -> list[tuple[Any, Any]]:
    """Return who a patient is."""
    return [
        (_("姓名"), name(patient, plain=plain)),
        (patient.get_id_type_display(), patient.id_number if plain else mask_id_number(patient.id_number)),
        (_("性别"), Gender(patient.gender).label),
        (_("出生日期"), patient.birth_date.isoformat() if plain else f"{patient.birth_date.year}-**-**"),
        (_("手机号"), patient.phone if plain else mask_phone(patient.phone)),
        (_("手机号验证"), _("已验证") if patient.phone_proved_at else _("未验证")),
        (_("实名核验"), patient.get_name_state_display()),
        (_("与账户持有人关系"), patient.get_relation_display()),
        (_("就诊卡号"), (patient.card_no if plain else mask_id_number(patient.card_no)) if patient.card_no else ""),
        (_("HIS 患者号"), patient.his_patient_id),
        (_("档案状态"), patient.get_file_state_display()),
    ]


def _unmask(view: Any, record: models.Model, cleaned: dict[str, Any]) -> dict[str, Any]:
    """Let this one answer show the patient's data; the reason is written down."""
    view.unmasked = True
    return {"reason": cleaned["reason"], "fields": ["name", "id_number", "phone", "card_no"]}


UNMASK_ACTION = Action(
    code="unmask",
    title=_("查看完整个人信息"),
    button=_("查看一次"),
    permission=UNMASK,
    event="patient.unmasked",
    perform=_unmask,
    note=_("默认只显示部分内容。查看完整姓名、证件号和手机号须有工作需要，查看人、时间、理由会记入操作记录。"),
    done=_("已显示完整信息并记入操作记录，离开本页后恢复隐藏"),
    stays=True,
)
