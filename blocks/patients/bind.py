"""绑定就诊卡: card number, name and the phone the hospital has on file, proved by a code."""

from collections.abc import Mapping
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _
from wagtail import blocks

from blocks import roles
from blocks.actions import ActionRequest, ActionResult, Again, GoTo
from blocks.base import GROUP_PATIENTS, PortalBlock
from blocks.client_address import source_ip
from blocks.patients.here import account_in
from blocks.patients.person import OK, wants_code
from business.patients import identity, rules, services
from business.patients.errors import CardHeld, TooSoon
from business.patients.models import Account, Patient
from business.patients.services import phones
from business.security.errors import InvalidInput, PortalError


class CardForm(forms.Form):
    """What is typed to bind a card."""

    card_no = forms.CharField(
        label=_("就诊卡号"),
        max_length=60,
        error_messages={"required": _("请填写就诊卡号。")},
        widget=forms.TextInput(attrs={"autocomplete": "off", "placeholder": _("印在卡的正面")}),
    )
    name = forms.CharField(
        label=_("姓名"),
        max_length=60,
        error_messages={"required": _("请填写姓名。")},
        widget=forms.TextInput(attrs={"autocomplete": "off", "placeholder": _("办卡时登记的姓名")}),
    )
    phone = forms.CharField(
        label=_("预留手机号"),
        max_length=30,
        error_messages={"required": _("请填写 11 位手机号。")},
        widget=forms.TextInput(
            attrs={"type": "tel", "inputmode": "tel", "autocomplete": "tel", "placeholder": _("办卡时登记的手机号")}
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
    relation = forms.ChoiceField(
        label=_("与您的关系"),
        choices=[("", _("请选择")), *Patient.Relation.choices],
        error_messages={"required": _("请选择与您的关系。"), "invalid_choice": _("请选择与您的关系。")},
    )

    def __init__(
        self, data: Mapping[str, Any] | None = None, *, account: Account | None, typed: Mapping[str, Any] | None = None
    ) -> None:
        """Leave the code out where the number is proved already; ``typed`` is only shown again."""
        initial = {name: typed.get(name) for name in typed} if typed else {}
        super().__init__(data, initial=initial, auto_id="card_%s")
        given = data if data is not None else (typed or {})
        needed = account is not None and phones.is_required(rules.current())
        try:
            number = identity.check_phone(str(given.get("phone") or ""))
        except InvalidInput:
            number = ""
        self.is_phone_proved = bool(needed and number and account and phones.is_proved(account, number))
        if not needed or self.is_phone_proved:
            del self.fields["code"]

    def take(self, error: InvalidInput) -> None:
        """Put what the service refused at its field."""
        self.add_error(error.field if error.field in self.fields else None, error.sentence)


def bind(asked: ActionRequest) -> ActionResult:
    """Bind the card, then show its patient; or the form again, everything typed kept."""
    assert asked.account is not None  # noqa: S101  # the block needs an account
    if wants_code(asked):
        return _send_code(asked)
    form = CardForm(asked.data, account=asked.account)
    if not form.is_valid():
        return Again({"form": form})
    data = form.cleaned_data
    typed = services.CardInput(
        card_no=data["card_no"],
        name=data["name"],
        phone=data["phone"],
        relation=data["relation"],
        code=data.get("code") or "",
        takes_over=asked.data.get("takes_over") == "yes",
    )
    answer: dict[str, Any] = {}
    try:
        card = services.bind_card(account=asked.account, typed=typed)
        return GoTo(roles.url_for("patients.detail", asked.request, patient=card.patient.ref, bound="1") or "/")
    except CardHeld as held:
        answer = {"held": held.sentence, "can_take_over": held.can_take_over}
        form = CardForm(account=asked.account, typed=asked.data)
    except InvalidInput as error:
        form = CardForm(asked.data, account=asked.account)
        form.is_valid()
        form.take(error)
    except PortalError as error:
        answer = {"form_error": error.sentence}
        form = CardForm(account=asked.account, typed=asked.data)
    return Again({"form": form, **answer})


def _send_code(asked: ActionRequest) -> ActionResult:
    assert asked.account is not None  # noqa: S101
    answer: dict[str, Any]
    try:
        sent = services.send_code(
            account=asked.account, phone=asked.data.get("phone", ""), source_ip=source_ip(asked.request)
        )
        answer = {"code_sent": sent, "resend_seconds": sent.resend_seconds}
    except TooSoon as error:
        answer = {"code_problem": error.sentence, "resend_seconds": error.seconds}
    except PortalError as error:
        answer = {"code_problem": error.sentence}
    shown = {name: value for name, value in asked.data.items() if name != "code"}
    form = CardForm(account=asked.account, typed=shown)
    return Again({"form": form, **answer}, status=OK if "code_sent" in answer else Again().status)


class CardBindBlock(PortalBlock):
    """The form of a card."""

    delivery = "island"
    serves = "patients.bind"
    links_to = ("patients.detail", "patients.add")
    needs_account = True
    actions = {"bind": bind}
    skeleton = "rows"

    intro = blocks.CharBlock(
        label=_("说明"),
        default=_("已有实体就诊卡的，填写卡号、姓名和办卡时预留的手机号，验证后即可在手机上使用。"),
        max_length=120,
        required=False,
    )
    no_card_text = blocks.CharBlock(
        label=_("没有卡时的链接文字"), default=_("没有就诊卡？直接添加就诊人"), max_length=30, required=False
    )
    button_text = blocks.CharBlock(label=_("提交按钮"), default=_("绑定就诊卡"), max_length=12, required=False)

    class Meta:
        label = _("绑定就诊卡")
        icon = "link"
        group = GROUP_PATIENTS
        description = _("凭卡号、姓名和预留手机号的短信验证码绑定医院已有的就诊卡。")
        template = "blocks/patients/bind.html"

    def live(self, value: Any, context: Mapping[str, Any]) -> dict[str, Any]:
        """Return an empty form, or the one an action made; 1 SQL besides the roles."""
        return {
            "form": context.get("form") or CardForm(account=account_in(context)),
            "add_url": roles.url_for("patients.add", context.get("request")) or "",
        }

    def sample(self, value: Any, context: Mapping[str, Any]) -> dict[str, Any]:
        """Return the empty form."""
        return {"form": CardForm(account=None), "add_url": "#"}
