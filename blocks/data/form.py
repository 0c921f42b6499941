"""数据表单: what a patient fills in and sends to a source; kept first, handed over by the worker."""

import re
import secrets
from collections.abc import Mapping
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from wagtail import blocks
from wagtail.blocks.list_block import ListBlockValidationError
from wagtail.blocks.struct_block import StructBlockValidationError

from blocks.actions import ActionRequest, ActionResult, Again, GoTo
from blocks.base import GROUP_DATA, PortalBlock
from blocks.data import asking
from blocks.data.fields import SourceBlock
from blocks.patients.here import account_in, here, parameters
from blocks.roles import with_query
from business.datasources import reading, submissions
from business.datasources.models import DataSource, Submission
from business.datasources.parameters import FORM, Given

KEY = re.compile(r"[A-Za-z0-9_-]{16,64}")
CHINESE_MOBILE = re.compile(r"1[3-9]\d{9}")
KINDS = [
    ("text", _("一行文字")),
    ("long", _("多行文字")),
    ("number", _("数字")),
    ("date", _("日期")),
    ("phone", _("手机号")),
    ("choice", _("单选")),
]


class FieldBlock(blocks.StructBlock):
    """One question."""

    name = blocks.RegexBlock(
        regex=r"[A-Za-z_][A-Za-z0-9_]{0,39}",
        label=_("参数名"),
        help_text=_("与数据源里来源为“患者填写”的参数同名，例如 wanted_on。"),
        error_messages={"invalid": _("参数名用英文字母、数字和下划线。")},
    )
    label = blocks.CharBlock(label=_("问题"), max_length=30)
    kind = blocks.ChoiceBlock(label=_("类型"), choices=KINDS, default="text")
    choices = blocks.TextBlock(
        label=_("选项"), required=False, max_length=1000, help_text=_("每行一个选项，类型为“单选”时使用。")
    )
    required = blocks.BooleanBlock(label=_("必填"), default=True, required=False)
    help = blocks.CharBlock(label=_("提示"), max_length=60, required=False)

    class Meta:
        label = _("问题")
        icon = "edit"
        label_format = "{label}"


def options_of(question: Mapping[str, Any]) -> list[str]:
    """Return the options of a single choice, one a line."""
    return [line.strip() for line in (question.get("choices") or "").splitlines() if line.strip()]


def mobile(value: str) -> None:
    """Raise ValidationError unless ``value`` is a Chinese mobile number."""
    if not CHINESE_MOBILE.fullmatch(value):
        raise ValidationError(_("请填写 11 位手机号。"))


def form_field(question: Mapping[str, Any]) -> forms.Field:
    """Return the form field of one question."""
    common: dict[str, Any] = {
        "label": question["label"],
        "required": bool(question.get("required")),
        "help_text": question.get("help") or "",
        "error_messages": {"required": _("请填写“%(label)s”。") % {"label": question["label"]}},
    }
    kind = question.get("kind")
    if kind == "long":
        return forms.CharField(widget=forms.Textarea(attrs={"rows": 4}), max_length=500, **common)
    if kind == "number":
        return forms.DecimalField(max_digits=12, decimal_places=2, **common)
    if kind == "date":
        widget = forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
        return forms.DateField(widget=widget, **common)
    if kind == "phone":
        typed = forms.TextInput(attrs={"type": "tel", "inputmode": "numeric", "autocomplete": "tel"})
        return forms.CharField(max_length=11, validators=[mobile], widget=typed, **common)
    if kind == "choice":
        choices = [("", _("请选择")), *((one, one) for one in options_of(question))]
        return forms.ChoiceField(choices=choices, **common)
    return forms.CharField(max_length=100, **common)


class QuestionForm(forms.Form):
    """The questions of one block."""

    def __init__(self, questions: Any, data: Any = None) -> None:
        """Lay out the fields; the key makes a form that is sent twice one submission."""
        super().__init__(data, auto_id="ask_%s")
        self.fields["request_key"] = forms.RegexField(KEY, widget=forms.HiddenInput, initial=secrets.token_urlsafe(24))
        for question in questions:
            self.fields[question["name"]] = form_field(question)

    @property
    def answers(self) -> dict[str, str]:
        """Return what was filled in, as text."""
        return {
            name: "" if value is None else str(value)
            for name, value in self.cleaned_data.items()
            if name != "request_key"
        }


def send(asked: ActionRequest) -> ActionResult:
    """Keep the form and come back to the page, which shows how far it is."""
    assert asked.account is not None  # noqa: S101  # the block needs an account
    form = QuestionForm(asked.block_value["questions"], asked.data)
    if not form.is_valid():
        return Again({"form": form})
    source = reading.get_source(asked.block_value["source"], DataSource.Purpose.SUBMIT)
    given = asking.given_by(
        {"request": asked.request, "visitor": _Visitor(asked.account)}, needs_patient=source.needs_patient
    )
    if given is None:
        form.add_error(None, _("请先添加就诊人并完成建档。"))
        return Again({"form": form})
    sent = submissions.submit(
        source,
        Given(given.query, given.campus, given.patient_number, form.answers),
        request_key=form.cleaned_data["request_key"],
        account_ref=asked.account.ref,
    )
    return GoTo(with_query(asked.page.get_url(asked.request) or "/", submission=sent.ref))


class _Visitor:
    """The signed-in account, as :func:`asking.given_by` asks for it."""

    def __init__(self, account: Any) -> None:
        self.account = account


class DataFormBlock(PortalBlock):
    """Questions bound to the parameters of a source that takes forms."""

    delivery = "island"
    needs_account = True
    skeleton = "rows"
    actions = {"send": send}

    title = blocks.CharBlock(label=_("标题"), max_length=20, required=False)
    intro = blocks.CharBlock(label=_("说明"), max_length=200, required=False)
    source = SourceBlock(
        purpose=DataSource.Purpose.SUBMIT, label=_("提交到"), help_text=_("用途为“提交”的数据源，由管理员建立。")
    )
    questions = blocks.ListBlock(FieldBlock(), label=_("问题"), min_num=1, max_num=20)
    button_text = blocks.CharBlock(label=_("按钮"), default=_("提交"), max_length=12)
    done_text = blocks.CharBlock(label=_("受理后的说明"), default=_("医院已收到，会尽快与您联系。"), max_length=100)

    class Meta:
        label = _("数据表单")
        icon = "form"
        group = GROUP_DATA
        description = _("患者登录后填写并提交，例如上门护理申请。重复点击只提交一次，医院系统忙时自动重发。")
        template = "blocks/data/form.html"
        label_format = "{title}"
        preview_value = {"title": _("上门护理申请"), "source": "", "questions": []}

    def clean(self, value: Any) -> Any:
        """Hold the questions to the source's parameters, once each, a choice with its options."""
        cleaned = super().clean(value)
        if self.is_deferred_validation:
            return cleaned
        source = DataSource.objects.filter(code=cleaned["source"], is_active=True).first()
        known = {one["name"] for one in (source.parameters if source else []) if one.get("origin") == FORM}
        wrong: dict[int, Exception] = {}
        seen: set[str] = set()
        for index, question in enumerate(cleaned["questions"]):
            errors = {}
            if question["name"] not in known:
                errors["name"] = ValidationError(_("数据源没有这个“患者填写”的参数。"))
            elif question["name"] in seen:
                errors["name"] = ValidationError(_("这个参数已经有一个问题了。"))
            if question["kind"] == "choice" and len(options_of(question)) < 2:  # noqa: PLR2004
                errors["choices"] = ValidationError(_("请至少写两个选项，每行一个。"))
            if errors:
                wrong[index] = StructBlockValidationError(block_errors=errors)
            seen.add(question["name"])
        if wrong:
            raise StructBlockValidationError(block_errors={"questions": ListBlockValidationError(block_errors=wrong)})
        return cleaned

    def live(self, value: Any, context: Mapping[str, Any]) -> dict[str, Any]:
        """Return the empty form, or how far a form is that was sent. Raises NotFoundError for somebody else's."""
        account, ref = account_in(context), parameters(context).get("submission", "")
        if account is None or not ref:
            return {"form": QuestionForm(value["questions"]), "sent": None}
        sent = submissions.get_submission(ref, account.ref)
        waiting = sent.state == Submission.State.PENDING
        return {
            "form": None,
            "sent": sent,
            "state": {"pending": "wait", "done": "success", "refused": "fail"}[sent.state],
            "is_late": waiting and (timezone.now() - sent.created_at).total_seconds() > 60,  # noqa: PLR2004
            "again_url": here(context, submission=None),
        }

    def sample(self, value: Any, context: Mapping[str, Any]) -> dict[str, Any]:
        """Return a made-up form."""
        questions = list(value["questions"]) or [
            {
                "name": "service",
                "label": _("护理项目"),
                "kind": "choice",
                "choices": "更换胃管\n换药",
                "required": True,
            },
            {"name": "wanted_on", "label": _("希望日期"), "kind": "date", "required": True},
            {"name": "phone", "label": _("联系电话"), "kind": "phone", "required": True},
        ]
        return {"form": QuestionForm(questions), "sent": None}
