"""就诊卡, 扫码设备, 扫码记录, 验证码短信: who holds which card, what scanners read, which codes were sent."""

from typing import Any

from django import forms
from django.db import transaction
from django.db.models import Q, QuerySet
from django.utils.translation import gettext_lazy as _
from wagtail.admin import messages

from business.hospital.models import Campus
from business.patients.models import CodeMessage, Device, Purpose, Scan, VisitCard
from business.patients.services import bindings, scans
from business.security.masking import mask_phone, mask_text
from cms.backoffice.audit import trail
from cms.backoffice.desks.persons import PersonViewSet
from cms.backoffice.ui import columns, people
from cms.backoffice.ui.details import Action, DetailView
from cms.backoffice.ui.filters import Choices, DateRange, HiddenIndex, ModelChoice, WagtailFilterSet
from cms.backoffice.ui.sections import Facts, Rows, Section, To
from cms.backoffice.ui.viewsets import AuditedCreateView, AuditedEditView, SettingViewSet


class CardFilter(WagtailFilterSet):
    """What narrows the cards down."""

    ending = Choices(label=_("结束方式"), choices=VisitCard.Ending.choices)
    bound_at = DateRange(label=_("绑定日期"))
    person = HiddenIndex(label=_("就诊人或卡"), method="of_person")

    class Meta:
        model = VisitCard
        fields: list[str] = []

    def of_person(self, queryset: QuerySet, name: str, value: str) -> QuerySet:
        """Keep the card, or the cards of the person, that was looked up."""
        return queryset.filter(Q(card_index=value) | people.found_by(value, "patient"))


def _unbind(view: DetailView, card: VisitCard, cleaned: dict[str, Any]) -> dict[str, Any]:
    bindings.end_by_staff(card)
    return {"reason": cleaned["reason"]}


class CardDetailView(DetailView):
    """One binding."""

    actions = (
        Action(
            code="unbind",
            title=_("解绑就诊卡"),
            button=_("解绑"),
            permission="patients.change_visitcard",
            event="cards.unbound_by_staff",
            perform=_unbind,
            applies=lambda card: card.is_bound,
            note=_("核对患者本人证件后办理。解绑后这张卡可以绑定到其他账户。"),
            done=_("已解绑"),
            is_grave=True,
        ),
    )

    def get_sections(self) -> list[Section]:
        """Return the binding, and those before and after it."""
        row: VisitCard = self.object
        patient = self.link("desk_patients:inspect", "patients.view_patient", row.patient_id)
        return [
            Facts(
                _("绑定"),
                [
                    (_("卡号"), row.masked_card_no),
                    (_("就诊人"), To(people.name(row.patient), patient)),
                    (_("账户"), row.patient.account.ref),
                    (_("绑定时间"), row.bound_at),
                    (_("结束时间"), row.ended_at),
                    (_("结束方式"), row.get_ending_display()),
                ],
            ),
            people_rows(_("同一张卡的历次绑定"), VisitCard.objects.filter(card_index=row.card_index)),
        ]


def people_rows(heading: Any, cards: QuerySet[VisitCard]) -> Section:
    """Return bindings as a table."""
    return Rows(heading, CARDS, cards.select_related("patient__account").order_by("-pk")[:50])


CARDS = [
    columns.Link(
        "card_no",
        "desk_cards:inspect",
        permission="patients.view_visitcard",
        label=_("卡号"),
        accessor="masked_card_no",
    ),
    columns.Text("patient", label=_("就诊人"), accessor=lambda row: people.name(row.patient)),
    columns.Text("account", label=_("账户"), accessor="patient.account.ref"),
    columns.When("bound_at", label=_("绑定时间")),
    columns.Text("ending", label=_("结束方式"), accessor="get_ending_display"),
    columns.When("ended_at", label=_("结束时间")),
]


class CardViewSet(PersonViewSet):
    """就诊卡."""

    model = VisitCard
    name = "desk_cards"
    url_prefix = "desk/cards"
    icon = "clipboard-list"
    menu_label = _("就诊卡")
    inspect_view_class = CardDetailView
    filterset_class = CardFilter
    exact_fields = ("ref", "patient__ref", "patient__account__ref")
    search_hint = _("就诊人编号或账户编号；卡号请在“按就诊人查找”里输入")
    related = ("patient__account",)
    ordering = "-pk"
    list_display = CARDS


class DeviceForm(forms.ModelForm):
    """A scanner; its key is made by the program."""

    purposes = forms.MultipleChoiceField(
        label=_("用途"), choices=Purpose.choices, widget=forms.CheckboxSelectMultiple, initial=Purpose.values
    )
    new_key = forms.BooleanField(
        label=_("更换密钥"), required=False, help_text=_("勾选后保存：旧密钥立即失效，新密钥只显示一次。")
    )

    class Meta:
        model = Device
        fields = ["name", "campus", "place", "purposes", "is_active"]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        """A new device gets its key anyway."""
        super().__init__(*args, **kwargs)
        self.fields["campus"].empty_label = str(_("所有院区"))
        self.fields["campus"].queryset = Campus.objects.filter(is_active=True)
        if not self.instance.pk:
            del self.fields["new_key"]


def _show_key(request: Any, device: Device) -> None:
    text = _("设备编号 %(ref)s，密钥 %(secret)s。密钥只显示这一次，请立即填入设备。")
    messages.warning(request, str(text % {"ref": device.ref, "secret": device.secret}))


class DeviceCreateView(AuditedCreateView):
    """Make a device with its key."""

    def form_valid(self, form: Any) -> Any:
        """Show the key once."""
        form.instance.secret = scans.new_secret()
        response = super().form_valid(form)
        _show_key(self.request, form.instance)
        return response


class DeviceEditView(AuditedEditView):
    """Change a device, or its key."""

    def form_valid(self, form: Any) -> Any:
        """Change the key where staff said so, in the same transaction as its trace."""
        if not form.cleaned_data.get("new_key"):
            return super().form_valid(form)
        with transaction.atomic():
            form.instance.secret = scans.new_secret()
            response = super().form_valid(form)
            trail.deed(self.request, "device.key_changed", form.instance)
        _show_key(self.request, form.instance)
        return response


class DeviceViewSet(SettingViewSet):
    """扫码设备."""

    model = Device
    name = "desk_devices"
    url_prefix = "desk/devices"
    icon = "mobile-alt"
    menu_label = _("扫码设备")
    add_view_class = DeviceCreateView
    edit_view_class = DeviceEditView
    related = ("campus",)
    intro = _("自助机、窗口和诊室的扫码枪用这里的设备编号和密钥核验就诊二维码，接口见 docs/device-interface.yaml。")
    list_display = [
        "name",
        columns.Text("ref", label=_("设备编号")),
        columns.Text("campus", label=_("院区")),
        columns.Text("place", label=_("位置")),
        columns.Text("is_active", label=_("启用")),
        columns.When("seen_at", label=_("最近使用")),
    ]

    def get_form_class(self, for_update: bool = False) -> type[forms.ModelForm]:
        """Return the form."""
        return DeviceForm


class ScanFilter(WagtailFilterSet):
    """What narrows the scans down."""

    purpose = Choices(label=_("用途"), choices=Purpose.choices)
    at = DateRange(label=_("日期"))
    device = ModelChoice(label=_("设备"), queryset=Device.objects.all())
    person = HiddenIndex(label=_("就诊人"), method="of_person")

    class Meta:
        model = Scan
        fields: list[str] = []

    def of_person(self, queryset: QuerySet, name: str, value: str) -> QuerySet:
        """Keep those of the person that was looked up."""
        return queryset.filter(people.found_by(value, "patient"))


class ScanViewSet(PersonViewSet):
    """扫码记录."""

    model = Scan
    name = "desk_scans"
    url_prefix = "desk/scans"
    icon = "history"
    menu_label = _("扫码记录")
    inspect_view_enabled = False
    filterset_class = ScanFilter
    exact_fields = ("request_no", "patient__ref", "device__ref")
    search_hint = _("设备编号、设备请求号或就诊人编号")
    related = ("patient", "device")
    ordering = "-pk"
    list_display = [
        columns.When("at", label=_("时间")),
        columns.Text("device", label=_("设备"), accessor="device.name"),
        columns.Text("purpose", label=_("用途"), accessor="get_purpose_display"),
        columns.Link(
            "patient",
            "desk_patients:inspect",
            permission="patients.view_patient",
            label=_("就诊人"),
            accessor=lambda row: people.name(row.patient),
            id_of=lambda row: row.patient_id,
        ),
        columns.Text("request_no", label=_("设备请求号")),
    ]


class CodeFilter(WagtailFilterSet):
    """What narrows the codes down."""

    state = Choices(label=_("状态"), choices=CodeMessage.State.choices)
    created_at = DateRange(label=_("日期"))
    person = HiddenIndex(label=_("手机号"), method="of_person")

    class Meta:
        model = CodeMessage
        fields: list[str] = []

    def of_person(self, queryset: QuerySet, name: str, value: str) -> QuerySet:
        """Keep those sent to the number that was looked up."""
        return queryset.filter(phone_index=value)


class CodeViewSet(PersonViewSet):
    """验证码短信."""

    model = CodeMessage
    name = "desk_codes"
    url_prefix = "desk/codes"
    icon = "comment"
    menu_label = _("验证码短信")
    inspect_view_enabled = False
    filterset_class = CodeFilter
    exact_fields = ("ref", "serial", "account__ref")
    search_hint = _("账户编号或通道流水号；手机号请在“按就诊人查找”里输入")
    related = ("account",)
    ordering = "-pk"
    list_display = [
        columns.When("created_at", label=_("时间")),
        columns.Text("phone", label=_("手机号"), accessor=lambda row: mask_phone(row.phone)),
        columns.Text("account", label=_("账户"), accessor="account.ref"),
        columns.State("state", label=_("状态")),
        columns.Text("problem", label=_("问题"), accessor=lambda row: mask_text(row.problem)),
        columns.Text("serial", label=_("通道流水号")),
        columns.Text("source_ip", label=_("来源地址")),
    ]
