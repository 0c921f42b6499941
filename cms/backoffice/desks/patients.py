"""就诊人, 患者账户, 消息: masked, for administrators."""

from django.db.models import Count, Q, QuerySet
from django.utils.translation import gettext_lazy as _

from business.patients.models import Account, Guardian, Patient, VisitCard
from business.security.masking import mask_tail, mask_text
from cms.backoffice.desks.appointments import visit
from cms.backoffice.desks.cards import people_rows
from cms.backoffice.desks.persons import PersonViewSet
from cms.backoffice.desks.standing import CLOSE_ACTION
from cms.backoffice.ui import columns, people
from cms.backoffice.ui.details import DetailView
from cms.backoffice.ui.filters import Choices, DateRange, HiddenIndex, WagtailFilterSet
from cms.backoffice.ui.lists import DeskIndexView
from cms.backoffice.ui.sections import Facts, Rows, Section, To
from cms.backoffice.ui.viewsets import RecordViewSet

LATEST = 50


class PatientFilter(WagtailFilterSet):
    """What narrows the patients down."""

    file_state = Choices(label=_("档案状态"), choices=Patient.FileState.choices)
    person = HiddenIndex(label=_("就诊人"), method="of_person")

    class Meta:
        model = Patient
        fields: list[str] = []

    def of_person(self, queryset: QuerySet, name: str, value: str) -> QuerySet:
        """Keep the person that was looked up."""
        cards = VisitCard.objects.filter(card_index=value).values("patient")
        return queryset.filter(people.found_by(value) | Q(pk__in=cards))


class PatientDetailView(DetailView):
    """One patient, masked."""

    actions = (people.UNMASK_ACTION, CLOSE_ACTION)

    def get_sections(self) -> list[Section]:
        """Who it is, and the bookings."""
        row: Patient = self.object
        account = self.link("desk_accounts:inspect", "patients.view_account", row.account_id)
        bookings = (
            row.appointments.select_related("slot__schedule__department").order_by("-pk")[:LATEST]
            if self.may("registration.view_appointment")
            else []
        )
        return [
            Facts(
                _("就诊人"),
                [
                    (_("就诊人编号"), row.ref),
                    *people.facts(row, plain=self.unmasked),
                    (_("建档问题"), mask_text(row.file_problem)),
                    (_("默认就诊人"), row.is_default),
                    (_("所属账户"), To(row.account.ref, account)),
                    (_("添加时间"), row.created_at),
                    (_("移除时间"), row.removed_at),
                ],
                note="" if self.unmasked else _("个人信息已隐藏一部分"),
            ),
            *self._guardian(row),
            people_rows(_("就诊卡"), row.cards.all()),
            Rows(_("预约"), BOOKINGS, bookings, note=_("最近的在前")),
        ]

    def _guardian(self, row: Patient) -> list[Section]:
        guardian = Guardian.objects.filter(patient=row).first()
        if guardian is None:
            return []
        plain = self.unmasked
        return [
            Facts(
                _("监护人"),
                [
                    (_("与儿童的关系"), guardian.get_relation_display()),
                    (_("姓名"), guardian.name if plain else people.mask_name(guardian.name)),
                    (
                        guardian.get_id_type_display(),
                        guardian.id_number if plain else people.mask_id_number(guardian.id_number),
                    ),
                    (_("手机号"), guardian.phone if plain else people.mask_phone(guardian.phone)),
                ],
            )
        ]


BOOKINGS = [
    columns.Link("ref", "desk_appointments:inspect", label=_("预约编号"), permission="registration.view_appointment"),
    columns.Text("visit", label=_("就诊时间"), accessor=visit),
    columns.Text("department", label=_("科室"), accessor="slot.schedule.department.name"),
    columns.State("state", label=_("状态")),
    columns.Money("fee_fen", label=_("挂号费")),
]


class PatientViewSet(PersonViewSet):
    """就诊人."""

    model = Patient
    name = "desk_patients"
    url_prefix = "desk/patients"
    icon = "group"
    menu_label = _("就诊人")
    inspect_view_class = PatientDetailView
    filterset_class = PatientFilter
    exact_fields = ("ref", "his_patient_id", "account__ref")
    search_hint = _("就诊人编号、账户编号或 HIS 患者号")
    related = ("account",)
    ordering = "-pk"
    list_display = [
        columns.Link("ref", "desk_patients:inspect", label=_("就诊人编号")),
        columns.Text("name", label=_("姓名"), accessor=people.name),
        columns.Text("id_number", label=_("证件号码"), accessor=lambda row: people.mask_id_number(row.id_number)),
        columns.Text("phone", label=_("手机号"), accessor=lambda row: people.mask_phone(row.phone)),
        columns.Text("relation", label=_("关系"), accessor="get_relation_display"),
        columns.State("file_state", label=_("档案状态")),
        columns.When("created_at", label=_("添加时间")),
    ]


class AccountFilter(WagtailFilterSet):
    """What narrows the accounts down."""

    created_at = DateRange(label=_("创建日期"))

    class Meta:
        model = Account
        fields: list[str] = []


class AccountIndexView(DeskIndexView):
    """Accounts with the number of their patients."""

    def get_base_queryset(self) -> QuerySet:
        """Count the patients in the same query."""
        listed = Count("patients", filter=Q(patients__removed_at__isnull=True))
        return super().get_base_queryset().annotate(patient_count=listed)


class AccountDetailView(DetailView):
    """One account: how it is recognised, whom it acts for, where it is signed in."""

    def get_sections(self) -> list[Section]:
        """Facts, identities, patients, sessions."""
        row: Account = self.object
        return [
            Facts(_("账户"), [(_("账户编号"), row.ref), (_("启用"), row.is_active), (_("创建时间"), row.created_at)]),
            Rows(_("登录标识"), IDENTITIES, row.identities.order_by("pk")),
            Rows(_("就诊人"), PatientViewSet.list_display, row.patients.order_by("pk")),
            Rows(_("登录会话"), SESSIONS, row.sessions.order_by("-pk")[:LATEST]),
        ]


IDENTITIES = [
    columns.Text("kind", label=_("类型"), accessor="get_kind_display"),
    columns.Text("app_id", label=_("应用")),
    columns.Text("subject", label=_("标识"), accessor=lambda row: mask_tail(row.subject)),
    columns.When("created_at", label=_("创建时间")),
]
SESSIONS = [
    columns.Text("entrance", label=_("入口")),
    columns.When("created_at", label=_("登录时间")),
    columns.When("seen_at", label=_("最近使用")),
    columns.When("ends_at", label=_("最晚结束")),
]


class AccountViewSet(RecordViewSet):
    """患者账户."""

    model = Account
    name = "desk_accounts"
    url_prefix = "desk/accounts"
    icon = "user"
    menu_label = _("患者账户")
    index_view_class = AccountIndexView
    inspect_view_class = AccountDetailView
    filterset_class = AccountFilter
    exact_fields = ("ref",)
    search_hint = _("账户编号")
    ordering = "-pk"
    list_display = [
        columns.Link("ref", "desk_accounts:inspect", label=_("账户编号")),
        columns.Count("patient_count", label=_("就诊人数")),
        columns.Text("is_active", label=_("启用")),
        columns.When("created_at", label=_("创建时间")),
    ]
