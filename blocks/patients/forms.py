"""What is typed about a patient; the rules themselves are those of ``business.patients``.

One form for adding and for editing. Which fields it has depends on what is typed so far: a passport tells no birthday,
a small child needs a guardian, a number proved before needs no code.
"""

from collections.abc import Mapping
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from business.patients import documents, identity, rules
from business.patients.documents import Gender, IdType
from business.patients.models import Account, Guardian, Patient, PatientRule
from business.patients.services import GuardianInput, phones, typed
from business.security.errors import InvalidInput, PortalError, SeveralInvalid

GUARDIAN = ("guardian_relation", "guardian_name", "guardian_id_type", "guardian_id_number", "guardian_phone")
NUMBER_HINTS = {
    IdType.RESIDENT_ID: _("18 位居民身份证号"),
    IdType.RESIDENCE_PERMIT: _("18 位，以 81、82 或 83 开头"),
    IdType.HK_MACAO_PERMIT: _("H 或 M 加 8 位数字"),
    IdType.TAIWAN_PERMIT: _("8 位数字"),
    IdType.PASSPORT: _("字母和数字"),
    IdType.FOREIGN_PERMANENT: _("18 位数字，或旧版 15 位"),
    IdType.E_HEALTH_CARD: _("从健康卡页面复制"),
    IdType.E_INSURANCE: _("从医保凭证页面复制"),
    IdType.BIRTH_CERTIFICATE: _("1 位字母加 9 位数字"),
}
KEEP = _("不修改请留空")


def _text(label: Any, **attrs: Any) -> forms.CharField:
    longest = attrs.pop("longest", 90)
    widget = forms.TextInput(attrs={"autocomplete": "off", **attrs})
    return forms.CharField(
        label=label, max_length=longest, widget=widget, error_messages={"required": _("请填写%s。") % label}
    )


def _choice(label: Any, choices: Any) -> forms.ChoiceField:
    sentence = _("请选择%s。") % label
    return forms.ChoiceField(
        label=label,
        choices=[("", _("请选择")), *choices],
        error_messages={"required": sentence, "invalid_choice": sentence},
    )


def _day(label: Any) -> forms.DateField:
    sentence = _("请填写%s，例如 2020-01-31。") % label
    return forms.DateField(
        label=label,
        widget=forms.DateInput(format="%Y-%m-%d", attrs={"type": "date", "autocomplete": "off"}),
        error_messages={"required": sentence, "invalid": sentence},
    )


class PatientForm(forms.Form):
    """A person's document, phone, relation, and what else their document makes necessary."""

    id_type = _choice(_("证件类型"), ())
    name = _text(_("姓名"), longest=60, placeholder=_("与证件一致"))
    id_number = _text(_("证件号码"), autocapitalize="characters")
    gender = _choice(_("性别"), Gender.choices)
    birth_date = _day(_("出生日期"))
    phone = forms.CharField(
        label=_("手机号"),
        max_length=30,
        error_messages={"required": _("请填写 11 位手机号。")},
        widget=forms.TextInput(
            attrs={"type": "tel", "inputmode": "tel", "autocomplete": "tel", "placeholder": _("接收就诊通知")}
        ),
    )
    code = forms.CharField(
        label=_("短信验证码"),
        max_length=12,
        error_messages={"required": _("请先获取短信验证码并填写。")},
        widget=forms.TextInput(
            attrs={"inputmode": "numeric", "autocomplete": "one-time-code", "placeholder": _("6 位数字")}
        ),
    )
    relation = _choice(_("与您的关系"), Patient.Relation.choices)
    guardian_relation = _choice(_("监护人与儿童的关系"), Guardian.Relation.choices)
    guardian_name = _text(_("监护人姓名"), longest=60, placeholder=_("与证件一致"))
    guardian_id_type = _choice(_("监护人证件类型"), ())
    guardian_id_number = _text(_("监护人证件号码"), autocapitalize="characters")
    guardian_birth_date = _day(_("监护人出生日期"))
    guardian_phone = forms.CharField(
        label=_("监护人手机号"),
        max_length=30,
        required=False,
        help_text=_("不填则与上面的手机号相同"),
        widget=forms.TextInput(attrs={"type": "tel", "inputmode": "tel", "autocomplete": "off"}),
    )
    consent = forms.BooleanField(label=_("同意"), error_messages={"required": _("请阅读并勾选同意后再添加。")})

    def __init__(
        self,
        data: Mapping[str, Any] | None = None,
        *,
        account: Account | None,
        typed: Mapping[str, Any] | None = None,
        stored: Patient | None = None,
        rule: PatientRule | None = None,
    ) -> None:
        """Show what is needed for what is typed so far.

        ``data`` is checked; ``typed`` is only shown again. ``stored`` is the patient being edited: an empty number or
        phone then means the one there is.
        """
        self.rule = rule or rules.current()
        self.account, self.stored = account, stored
        self.stored_guardian = Guardian.objects.filter(patient=stored).first() if stored else None
        initial = {**(self._of_stored(stored) if stored else {}), **(typed or {})}
        if data is not None and not data.get("id_type"):
            data = {**{name: data.get(name) for name in data}, "id_type": str(IdType.RESIDENT_ID)}
        super().__init__(data, initial=initial, auto_id="patient_%s")
        self.typed: Mapping[str, Any] = data if data is not None else initial
        self._fit_kinds()
        self._fit_person()
        self._fit_guardian()
        self._fit_phone()
        if stored:
            del self.fields["consent"]

    # --- which fields ------------------------------------------------------------------------------------------

    def _of_stored(self, stored: Patient) -> dict[str, Any]:
        guardian = self.stored_guardian
        return {
            "id_type": stored.id_type,
            "name": stored.name,
            "gender": stored.told_gender,
            "birth_date": stored.told_birth_date,
            "relation": stored.relation,
            **(
                {
                    "guardian_relation": guardian.relation,
                    "guardian_name": guardian.name,
                    "guardian_id_type": guardian.id_type,
                }
                if guardian
                else {}
            ),
        }

    def _value(self, name: str) -> str:
        return str(self.typed.get(name) or "")

    @property
    def kind(self) -> str:
        """The kind of document chosen so far."""
        return self._value("id_type") or str(IdType.RESIDENT_ID)

    def number(self) -> str:
        """Return the number typed, or the stored one where none is typed and the kind is the same."""
        stored = self.stored
        return self._value("id_number") or (stored.id_number if stored and stored.id_type == self.kind else "")

    def phone_number(self) -> str:
        """Return the phone typed, or the stored one where none is typed."""
        return self._value("phone") or (self.stored.phone if self.stored else "")

    def _field(self, name: str) -> Any:
        return self.fields[name]

    def _fit_kinds(self) -> None:
        labels = dict(IdType.choices)
        taken = [(kind, labels[kind]) for kind in IdType.values if kind in self.rule.documents]
        stored = self.stored
        if stored and stored.id_type not in self.rule.documents:
            taken.append((stored.id_type, labels[stored.id_type]))
        self._field("id_type").choices = taken
        self.initial.setdefault("id_type", self.kind)
        if len(taken) == 1:
            self._field("id_type").widget = forms.HiddenInput()
        number = self._field("id_number")
        number.label = _("身份证号") if self.kind == IdType.RESIDENT_ID else _("证件号码")
        required = _("请填写 18 位身份证号。") if self.kind == IdType.RESIDENT_ID else _("请填写证件号码。")
        number.error_messages["required"] = required
        number.widget.attrs["placeholder"] = NUMBER_HINTS.get(IdType(self.kind), "") if self.kind in labels else ""
        if stored and stored.id_type == self.kind:
            number.required = False
            number.help_text = f"{stored.masked_id_number} {KEEP}"
            number.widget.attrs["placeholder"] = KEEP
        if stored:
            phone = self._field("phone")
            phone.required, phone.help_text = False, f"{stored.masked_phone} {KEEP}"
            phone.widget.attrs["placeholder"] = KEEP

    def _document(self, kind: str, number: str) -> documents.Document | None:
        try:
            return documents.check(kind, number)
        except PortalError:
            return None

    def _fit_person(self) -> None:
        document = self._document(self.kind, self.number())
        tells = document.tells_all if document else self.kind in documents.SELF_TELLING
        if tells:
            del self.fields["gender"], self.fields["birth_date"]
        self._born = document.birth_date if document else None
        if not tells:
            try:
                self._born = forms.DateField().to_python(self._value("birth_date"))
            except forms.ValidationError:
                self._born = None

    def _fit_guardian(self) -> None:
        if not typed.needs_guardian(self.rule, self.kind, self._born):
            for name in (*GUARDIAN, "guardian_birth_date"):
                del self.fields[name]
            return
        kinds = [(kind, label) for kind, label in IdType.choices if kind != IdType.BIRTH_CERTIFICATE]
        self._field("guardian_id_type").choices = kinds
        self.initial.setdefault("guardian_id_type", str(IdType.RESIDENT_ID))
        kind = self._value("guardian_id_type") or str(IdType.RESIDENT_ID)
        document = self._document(kind, self._guardian_number(kind))
        if document.birth_date is not None if document else kind in documents.SELF_TELLING:
            del self.fields["guardian_birth_date"]
        if self.stored_guardian and self.stored_guardian.id_type == kind:
            self._field("guardian_id_number").required = False
            self._field("guardian_id_number").help_text = KEEP

    def _guardian_number(self, kind: str) -> str:
        kept = self.stored_guardian
        return self._value("guardian_id_number") or (kept.id_number if kept and kept.id_type == kind else "")

    def _fit_phone(self) -> None:
        """Ask for a code where the hospital wants one and this number is not proved."""
        unchanged = self.stored is not None and not self._value("phone")
        needed = self.account is not None and not unchanged and phones.is_required(self.rule)
        if needed and self._value("phone"):
            needed = not self._is_proved(self._value("phone"))
        if not needed:
            del self.fields["code"]
        self.is_phone_proved = bool(self._value("phone")) and not needed and phones.is_required(self.rule)

    def _is_proved(self, phone: str) -> bool:
        try:
            number = identity.check_phone(phone)
        except InvalidInput:
            return False
        return self.account is not None and phones.is_proved(self.account, number)

    # --- what is typed -----------------------------------------------------------------------------------------

    def facts(self) -> dict[str, Any]:
        """Return what the service takes of what was typed."""
        data = self.cleaned_data
        return {
            "name": data.get("name") or "",
            "id_type": data.get("id_type") or "",
            "id_number": self.number(),
            "gender": data.get("gender") or "",
            "birth_date": data.get("birth_date"),
            "phone": self.phone_number(),
            "relation": data.get("relation") or "",
            "guardian": self._guardian(),
        }

    def _guardian(self) -> GuardianInput | None:
        data, kept = self.cleaned_data, self.stored_guardian
        if "guardian_name" not in self.fields:
            return None
        kind = data.get("guardian_id_type") or ""
        return GuardianInput(
            relation=data.get("guardian_relation") or "",
            name=data.get("guardian_name") or "",
            id_type=kind,
            id_number=self._guardian_number(kind),
            phone=data.get("guardian_phone") or (kept.phone if kept else ""),
            birth_date=data.get("guardian_birth_date"),
        )

    def clean(self) -> dict[str, Any]:
        """Tell everything that is wrong at once, each at its field."""
        data: dict[str, Any] = super().clean() or self.cleaned_data
        try:
            typed.check_person(rule=self.rule, **self.facts())
        except (InvalidInput, SeveralInvalid) as error:
            self.take(error)
        return data

    def take(self, error: PortalError) -> None:
        """Put what a service refused at its fields; a field that has a complaint already keeps that one."""
        several = error.errors if isinstance(error, SeveralInvalid) else [error]
        for one in several:
            field = getattr(one, "field", None)
            if field not in self.fields:
                self.add_error(None, one.sentence)
            elif field not in self.errors:
                self.add_error(field, one.sentence)
