"""Where the desks of places, conditions and department staff hang."""

from typing import Any

from django import forms
from django.db.models import Count, Q, QuerySet
from django.urls import URLPattern, path
from django.utils.translation import gettext_lazy as _
from wagtail.admin.widgets.button import HeaderButton

from business.hospital.models import Campus, Condition, Department, DepartmentGroup, FloorPlan, Place
from cms.backoffice.places import views
from cms.backoffice.places.forms import ConditionForm, DepartmentStaffForm, PlaceForm
from cms.backoffice.ui import columns
from cms.backoffice.ui.filters import Choices, ModelChoice, WagtailFilterSet
from cms.backoffice.ui.lists import DeskIndexView
from cms.backoffice.ui.viewsets import RecordViewSet, SettingViewSet


class PlaceViewSet(SettingViewSet):
    """楼宇与房间."""

    model = Place
    name = "desk_places"
    url_prefix = "desk/places"
    icon = "site"
    menu_label = _("楼宇与房间")
    index_view_class = views.TreeView
    add_view_class = views.PlaceAddView
    edit_view_class = views.PlaceEditView
    list_display = ["name"]
    intro = _(
        "院区、楼宇、楼层、房间。拖动左边的手柄，或按上移、下移调整顺序；楼层有平面图后，点「画房间」标出科室位置。"
    )

    def get_form_class(self, for_update: bool = False) -> type[forms.ModelForm]:
        """Return the form."""
        return PlaceForm

    def get_urlpatterns(self) -> list[URLPattern]:
        """Add moving and deleting."""
        policy = self.permission_policy
        delete = views.PlaceDeleteView.as_view(permission_policy=policy)
        move = views.PlaceMoveView.as_view(permission_policy=policy)
        return [
            *super().get_urlpatterns(),
            path("<int:pk>/delete/", delete, name="delete"),
            path("<int:pk>/move/", move, name="act"),
        ]


class PlanFilter(WagtailFilterSet):
    """What narrows the plans down."""

    campus = ModelChoice(label=_("院区"), field_name="floor__campus", queryset=Campus.objects.all())

    class Meta:
        model = FloorPlan
        fields: list[str] = []


class PlanIndexView(DeskIndexView):
    """Plans in the order of the tree, with what is drawn on them counted."""

    def get_base_queryset(self) -> QuerySet:
        """Count in the same query."""
        rooms = Count("floor__children")
        drawn = Count("floor__children", filter=Q(floor__children__shape__isnull=False))
        queryset = super().get_base_queryset().annotate(rooms=rooms, drawn=drawn)
        return queryset.order_by("floor__campus__sort", "floor__tree_id", "floor__lft")


class PlanViewSet(RecordViewSet):
    """楼层图."""

    model = FloorPlan
    name = "desk_plans"
    url_prefix = "desk/plans"
    icon = "image"
    menu_label = _("楼层图")
    index_view_class = PlanIndexView
    inspect_view_class = views.PlanEditorView
    filterset_class = PlanFilter
    related = ("floor__campus", "floor__parent")
    intro = _("在「楼宇与房间」里给楼层上传平面图，然后在这里画出房间、对应科室。")
    list_display = [
        columns.Link(
            "floor",
            "desk_plans:inspect",
            permission="hospital.view_floorplan",
            label=_("楼层"),
            accessor=lambda row: " ".join((row.floor.campus.name, row.floor.parent.name, row.floor.label)),
            id_of=lambda row: row.pk,
        ),
        columns.Count("rooms", label=_("房间")),
        columns.Count("drawn", label=_("已画")),
        columns.When("changed_at", label=_("修改时间")),
    ]

    def get_inspect_view_kwargs(self, **kwargs: Any) -> dict[str, Any]:
        """Hand over what the editor takes."""
        return {"permission_policy": self.permission_policy}

    def construct_view(self, view_class: Any, **kwargs: Any) -> Any:
        """Leave out what is meant for Wagtail's own views."""
        if view_class is views.PlanEditorView:
            return view_class.as_view(permission_policy=self.permission_policy)
        return super().construct_view(view_class, **kwargs)

    def get_urlpatterns(self) -> list[URLPattern]:
        """Add saving."""
        save = views.PlanSaveView.as_view(permission_policy=self.permission_policy)
        return [*super().get_urlpatterns(), path("<int:pk>/save/", save, name="act")]

    def get_permissions_to_register(self) -> QuerySet:
        """Offer the rights to see and to change; nobody adds a plan but by uploading it to a floor."""
        from django.contrib.auth.models import Permission

        return Permission.objects.filter(
            content_type__app_label="hospital", codename__in=["view_floorplan", "change_floorplan"]
        )


class ConditionFilter(WagtailFilterSet):
    """What narrows the conditions down."""

    part = Choices(label=_("部位"), choices=Condition.Part.choices)
    departments = ModelChoice(label=_("科室"), queryset=Department.objects.order_by("tree_id", "lft"))

    class Meta:
        model = Condition
        fields: list[str] = []


class ConditionIndexView(DeskIndexView):
    """Conditions, found by any of their words."""

    is_searchable = True  # type: ignore[assignment]
    search_hint = _("病症、其他说法或拼音首字母")

    def found_by(self, text: str) -> Q:
        """Find part of a word, or the beginning of its initials."""
        keys = Condition.objects.filter(
            Q(words__word__contains=text) | Q(words__initials__startswith=text.lower())
        ).values("pk")
        return Q(pk__in=keys)

    def get_base_queryset(self) -> QuerySet:
        """Fetch words and departments in two more queries."""
        return super().get_base_queryset().prefetch_related("words", "departments")

    @property
    def header_buttons(self) -> list[HeaderButton]:
        """Offer the import beside the button that adds one."""
        buttons = list(super().header_buttons)
        if self.request.user.has_perm("hospital.add_condition"):
            from django.urls import reverse

            buttons.append(
                HeaderButton(_("导入 CSV"), url=reverse("desk_conditions:import"), icon_name="upload", priority=20)
            )
        return buttons


class ConditionViewSet(SettingViewSet):
    """病症对应科室."""

    model = Condition
    name = "desk_conditions"
    url_prefix = "desk/conditions"
    icon = "help"
    menu_label = _("病症对应科室")
    index_view_class = ConditionIndexView
    filterset_class = ConditionFilter
    list_per_page = 60
    intro = _("患者说症状，手机上就找到该挂的科。可以用表格整批导入；不再使用的请停用。")
    list_display = [
        "name",
        columns.Text(
            "words",
            label=_("其他说法"),
            accessor=lambda row: "、".join(w.word for w in row.words.all() if w.word != row.name)[:60],
        ),
        columns.Text("part", label=_("部位"), accessor="get_part_display"),
        columns.Text(
            "departments",
            label=_("科室"),
            accessor=lambda row: "、".join(dict.fromkeys(d.name for d in row.departments.all())),
        ),
        columns.Text("is_emergency", label=_("急症")),
        columns.Text("is_active", label=_("启用")),
    ]

    def get_form_class(self, for_update: bool = False) -> type[forms.ModelForm]:
        """Return the form."""
        return ConditionForm

    def get_urlpatterns(self) -> list[URLPattern]:
        """Add the import."""
        view = views.ConditionImportView.as_view(permission_policy=self.permission_policy)
        return [*super().get_urlpatterns(), path("import/", view, name="import")]


class StaffIndexView(DeskIndexView):
    """Departments with their staff."""

    def get_base_queryset(self) -> QuerySet:
        """Fetch the people in one more query."""
        return (
            super()
            .get_base_queryset()
            .prefetch_related("group__user_set")
            .order_by("department__tree_id", "department__lft")
        )


class DepartmentStaffViewSet(SettingViewSet):
    """科室人员."""

    model = DepartmentGroup
    name = "desk_department_staff"
    url_prefix = "desk/department-staff"
    icon = "group"
    menu_label = _("科室人员")
    index_view_class = StaffIndexView
    related = ("department__campus", "group")
    intro = _("科室自己的人维护自己的介绍：上级科室的人员也能改下级科室的。他们保存的是草稿，由宣传科审核发布。")
    list_display = [
        "department",
        columns.Text(
            "campus",
            label=_("院区"),
            accessor=lambda row: row.department.campus.name if row.department.campus else "",
        ),
        columns.Text(
            "members",
            label=_("人员"),
            accessor=lambda row: "、".join(u.get_full_name() or u.get_username() for u in row.group.user_set.all()),
        ),
    ]

    def get_form_class(self, for_update: bool = False) -> type[forms.ModelForm]:
        """Return the form."""
        return DepartmentStaffForm
