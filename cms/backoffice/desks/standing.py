"""黑名单, 申诉, and the rules of patients: who may not book, what they say to it, what the hospital decided."""

from datetime import datetime, time
from typing import Any

from django import forms
from django.db.models import QuerySet
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from wagtail.admin.widgets import AdminDateInput

from business.patients.documents import IdType
from business.patients.models import Appeal, BlacklistRule, Block, ConductEvent, Patient, PatientRule
from business.patients.services import standing
from cms.backoffice.desks.persons import PersonViewSet
from cms.backoffice.ui import columns, people
from cms.backoffice.ui.details import Action, DetailView, ReasonForm
from cms.backoffice.ui.filters import Choices, DateRange, HiddenIndex, WagtailFilterSet
from cms.backoffice.ui.sections import Facts, Rows, Section, Tag, To
from cms.backoffice.ui.viewsets import SettingViewSet


def standing_of(block: Block) -> Any:
    """Return whether a block stands, in a word."""
    if block.lifted_at:
        return _("已解除")
    return _("已到期") if block.ends_at and block.ends_at <= timezone.now() else _("生效中")


class BlockFilter(WagtailFilterSet):
    """What narrows the blocks down."""

    origin = Choices(label=_("来源"), choices=Block.Origin.choices)
    starts_at = DateRange(label=_("开始日期"))
    person = HiddenIndex(label=_("就诊人"), method="of_person")

    class Meta:
        model = Block
        fields: list[str] = []

    def of_person(self, queryset: QuerySet, name: str, value: str) -> QuerySet:
        """Keep those of the person that was looked up."""
        return queryset.filter(people.found_by(value, "patient"))


def _release(view: DetailView, block: Block, cleaned: dict[str, Any]) -> dict[str, Any]:
    standing.release(block, staff=view.request.user, reason=cleaned["reason"])
    return {"reason": cleaned["reason"]}


class BlockDetailView(DetailView):
    """One block: why, until when, what led to it, what was said to it."""

    actions = (
        Action(
            code="release",
            title=_("解除限制"),
            button=_("解除"),
            permission="patients.change_block",
            event="blacklist.released",
            perform=_release,
            applies=lambda block: block.lifted_at is None,
            note=_("解除后患者可立即预约，导致限制的记录不再计入。患者会收到通知。"),
            done=_("已解除"),
        ),
    )

    def get_sections(self) -> list[Section]:
        """Return the block and its events."""
        row: Block = self.object
        made = Appeal.objects.filter(block=row).first()
        events = ConductEvent.objects.filter(id_index=row.id_index).order_by("-at")[:50]
        return [
            Facts(
                _("限制"),
                [
                    (_("状态"), standing_of(row)),
                    (
                        _("就诊人"),
                        To(
                            people.name(row.patient),
                            self.link("desk_patients:inspect", "patients.view_patient", row.patient_id),
                        ),
                    ),
                    (_("来源"), row.get_origin_display()),
                    (_("原因（患者可见）"), row.reason),
                    (_("开始"), row.starts_at),
                    (_("结束"), row.ends_at or _("解除为止")),
                    (_("解除时间"), row.lifted_at),
                    (_("解除人"), row.lifted_by.get_username() if row.lifted_by else ""),
                    (_("解除理由"), row.lift_reason),
                    (
                        _("申诉"),
                        To(
                            made.get_state_display(),
                            self.link("desk_appeals:inspect", "patients.view_appeal", made.pk),
                        )
                        if made
                        else "",
                    ),
                ],
            ),
            Rows(_("违约记录"), EVENTS, events, note=_("最近的在前")),
        ]


EVENTS = [
    columns.When("at", label=_("时间")),
    columns.Text("kind", label=_("情形"), accessor="get_kind_display"),
    columns.Text("source", label=_("来源")),
    columns.When("forgiven_at", label=_("不再计入")),
]


class BlockViewSet(PersonViewSet):
    """黑名单."""

    model = Block
    name = "desk_blacklist"
    url_prefix = "desk/blacklist"
    icon = "warning"
    menu_label = _("黑名单")
    inspect_view_class = BlockDetailView
    filterset_class = BlockFilter
    exact_fields = ("ref", "patient__ref")
    search_hint = _("黑名单编号或就诊人编号")
    related = ("patient", "lifted_by")
    ordering = "-pk"
    intro = _("按规则自动加入，也可以在就诊人详情页手工加入。到期自动恢复。")
    list_display = [
        columns.Link("ref", "desk_blacklist:inspect", label=_("编号")),
        columns.Text("patient", label=_("就诊人"), accessor=lambda row: people.name(row.patient)),
        columns.Text("standing", label=_("状态"), accessor=standing_of),
        columns.Text("origin", label=_("来源"), accessor="get_origin_display"),
        columns.Text("reason", label=_("原因")),
        columns.When("starts_at", label=_("开始")),
        columns.When("ends_at", label=_("结束")),
    ]


class AppealFilter(WagtailFilterSet):
    """What narrows the appeals down."""

    state = Choices(label=_("状态"), choices=Appeal.State.choices)
    created_at = DateRange(label=_("日期"))

    class Meta:
        model = Appeal
        fields: list[str] = []


class AnswerForm(ReasonForm):
    """What the patient will read."""

    reason = forms.CharField(
        label=_("答复（患者可见）"),
        min_length=4,
        max_length=200,
        widget=forms.Textarea(attrs={"rows": 3}),
        error_messages={"required": _("请填写答复"), "min_length": _("请写得具体一些，至少 4 个字")},
    )


def _decide(accepted: bool) -> Any:
    def perform(view: DetailView, made: Appeal, cleaned: dict[str, Any]) -> dict[str, Any]:
        standing.decide(made, staff=view.request.user, accepted=accepted, answer=cleaned["reason"])
        return {"accepted": accepted, "answer": cleaned["reason"]}

    return perform


def _is_open(made: Appeal) -> bool:
    return made.state == Appeal.State.PENDING


class AppealDetailView(DetailView):
    """One appeal."""

    actions = (
        Action(
            code="accept",
            title=_("采纳申诉"),
            button=_("采纳并解除限制"),
            permission="patients.change_appeal",
            event="blacklist.appeal_decided",
            perform=_decide(True),
            form_class=AnswerForm,
            applies=_is_open,
            done=_("已采纳，限制已解除"),
        ),
        Action(
            code="reject",
            title=_("不采纳"),
            button=_("不采纳"),
            permission="patients.change_appeal",
            event="blacklist.appeal_decided",
            perform=_decide(False),
            form_class=AnswerForm,
            applies=_is_open,
            done=_("已答复"),
            is_grave=True,
        ),
    )

    def get_sections(self) -> list[Section]:
        """Return what was said, to which block, and the answer."""
        row: Appeal = self.object
        block = row.block
        return [
            Facts(
                _("申诉"),
                [
                    (_("状态"), Tag(row.state, row.get_state_display())),
                    (_("就诊人"), people.name(block.patient)),
                    (_("限制原因"), block.reason),
                    (_("限制至"), standing.until(block)),
                    (
                        _("黑名单"),
                        To(block.ref, self.link("desk_blacklist:inspect", "patients.view_block", block.pk)),
                    ),
                    (_("申诉内容"), row.text),
                    (_("申诉时间"), row.created_at),
                    (_("答复"), row.answer),
                    (_("处理人"), row.decided_by.get_username() if row.decided_by else ""),
                    (_("处理时间"), row.decided_at),
                ],
            )
        ]


class AppealViewSet(PersonViewSet):
    """申诉."""

    model = Appeal
    name = "desk_appeals"
    url_prefix = "desk/appeals"
    icon = "mail"
    menu_label = _("申诉")
    inspect_view_class = AppealDetailView
    filterset_class = AppealFilter
    exact_fields = ("ref", "block__ref")
    search_hint = _("申诉编号或黑名单编号")
    related = ("block__patient", "decided_by")
    ordering = "-pk"
    list_display = [
        columns.Link("ref", "desk_appeals:inspect", label=_("编号")),
        columns.Text("patient", label=_("就诊人"), accessor=lambda row: people.name(row.block.patient)),
        columns.State("state", label=_("状态")),
        columns.Text("reason", label=_("限制原因"), accessor="block.reason"),
        columns.When("created_at", label=_("申诉时间")),
        columns.When("decided_at", label=_("处理时间")),
    ]


class CloseForm(forms.Form):
    """Why bookings are closed to a person, and until when."""

    reason = forms.CharField(
        label=_("原因（患者可见）"),
        min_length=4,
        max_length=100,
        error_messages={"required": _("请填写原因"), "min_length": _("请写得具体一些，至少 4 个字")},
    )
    until = forms.DateField(
        label=_("暂停到哪一天（含）"), required=False, widget=AdminDateInput, help_text=_("不填则到解除为止")
    )

    def clean_until(self) -> Any:
        """Refuse a day that is over."""
        day = self.cleaned_data["until"]
        if day is not None and day < timezone.localdate():
            raise forms.ValidationError(_("请选择今天或以后的日期"))
        return day


def _close(view: DetailView, patient: Patient, cleaned: dict[str, Any]) -> dict[str, Any]:
    day = cleaned["until"]
    ends_at = timezone.make_aware(datetime.combine(day, time(23, 59, 59))) if day else None
    block = standing.close_by_staff(patient=patient, reason=cleaned["reason"], ends_at=ends_at)
    return {"block": block.ref, "reason": cleaned["reason"], "until": day.isoformat() if day else ""}


CLOSE_ACTION = Action(
    code="close",
    title=_("加入黑名单"),
    button=_("暂停预约"),
    permission="patients.change_block",
    event="blacklist.closed",
    perform=_close,
    form_class=CloseForm,
    note=_("暂停这个人在所有账户里的预约。患者会收到通知，可以申诉。"),
    done=_("已暂停预约"),
    is_grave=True,
)


class BlacklistRuleViewSet(SettingViewSet):
    """黑名单规则."""

    model = BlacklistRule
    name = "desk_blacklist_rules"
    url_prefix = "desk/blacklist-rules"
    icon = "sliders"
    menu_label = _("黑名单规则")
    may_add = False
    intro = _("在统计天数内达到次数，自动暂停预约。修改只影响以后的判断。")
    form_fields = ["is_active", "count", "window_days", "block_days"]
    list_display = [
        "__str__",
        columns.Text("is_active", label=_("启用")),
        columns.Count("count", label=_("次数")),
        columns.Count("window_days", label=_("统计天数")),
        columns.Count("block_days", label=_("暂停天数")),
    ]


class PatientRuleForm(forms.ModelForm):
    """The rules of patients."""

    documents = forms.MultipleChoiceField(
        label=_("接受的证件"),
        choices=IdType.choices,
        widget=forms.CheckboxSelectMultiple,
        error_messages={"required": _("至少选择一种证件")},
    )

    class Meta:
        model = PatientRule
        fields = [
            "most_patients",
            "documents",
            "guardian_until_age",
            "birth_certificate_until_age",
            "phone_code",
            "codes_per_phone",
            "codes_per_account",
            "codes_per_address",
            "name_check",
            "card_cooling_days",
        ]


class PatientRuleViewSet(SettingViewSet):
    """就诊人规则."""

    model = PatientRule
    name = "desk_patient_rules"
    url_prefix = "desk/patient-rules"
    icon = "sliders"
    menu_label = _("就诊人规则")
    may_add = False
    intro = _("证件、人数、短信验证码、实名核验与就诊卡换绑的规则，全院一份。修改立即生效。")
    list_display = [
        "__str__",
        columns.Count("most_patients", label=_("每个账户最多就诊人")),
        columns.Text("phone_code", label=_("短信验证码")),
        columns.Text("name_check", label=_("实名核验"), accessor="get_name_check_display"),
        columns.Count("card_cooling_days", label=_("换绑冷静期（天）")),
    ]

    def get_form_class(self, for_update: bool = False) -> type[forms.ModelForm]:
        """Return the form."""
        return PatientRuleForm
