"""What is typed about a new patient; the rules themselves are those of ``business.patients``."""

from collections.abc import Callable
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from business.patients import identity
from business.patients.models import Patient
from business.security.errors import InvalidInput


class PatientForm(forms.Form):
    """Name, ID number, phone, relation, consent: required here, checked in the service."""

    name = forms.CharField(
        label=_("姓名"),
        max_length=60,
        error_messages={"required": _("请填写姓名，与身份证一致。")},
        widget=forms.TextInput(attrs={"autocomplete": "off", "placeholder": _("与身份证一致")}),
    )
    id_number = forms.CharField(
        label=_("身份证号"),
        max_length=30,
        error_messages={"required": _("请填写 18 位身份证号。")},
        widget=forms.TextInput(
            attrs={"autocomplete": "off", "placeholder": _("18 位居民身份证号"), "autocapitalize": "characters"}
        ),
    )
    phone = forms.CharField(
        label=_("手机号"),
        max_length=30,
        error_messages={"required": _("请填写 11 位手机号。")},
        widget=forms.TextInput(
            attrs={"type": "tel", "inputmode": "tel", "autocomplete": "tel", "placeholder": _("接收就诊通知")}
        ),
    )
    relation = forms.ChoiceField(
        label=_("与您的关系"),
        choices=[("", _("请选择")), *Patient.Relation.choices],
        error_messages={"required": _("请选择与您的关系。"), "invalid_choice": _("请选择与您的关系。")},
    )
    consent = forms.BooleanField(
        label=_("同意"),
        error_messages={"required": _("请阅读并勾选同意后再添加。")},
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        """Keep what was typed as it was typed; ids are unique on a page with other forms."""
        kwargs.setdefault("auto_id", "patient_%s")
        super().__init__(*args, **kwargs)

    def clean_name(self) -> str:
        """Tell a wrong name at once, not after everything else is filled in."""
        return self._checked("name", identity.check_name)

    def clean_id_number(self) -> str:
        """Tell a wrong ID number at once."""
        return self._checked("id_number", identity.check_resident_id)

    def clean_phone(self) -> str:
        """Tell a wrong phone number at once."""
        return self._checked("phone", identity.check_phone)

    def _checked(self, field: str, check: Callable[[str], object]) -> str:
        typed: str = self.cleaned_data[field]
        try:
            check(typed)
        except InvalidInput as wrong:
            raise forms.ValidationError(wrong.sentence) from wrong
        return typed
