"""Forms of places, conditions and department staff."""

from typing import Any

from django import forms
from django.contrib.auth import get_user_model
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from business.hospital import conditions, places, plans
from business.hospital.models import Campus, Condition, Department, DepartmentGroup, Place, PlaceDepartment
from business.security.errors import InvalidInput
from cms.pages import department_staff

Kind = Place.Kind
LABELS = {
    Kind.BUILDING: (_("名称"), _("例如：门诊楼")),
    Kind.FLOOR: (_("名称"), _("例如：三层、内科楼层")),
    Kind.ROOM: (_("名称"), _("例如：消化内科诊区、西药房")),
}
NUMBERS = {
    Kind.BUILDING: (_("编号"), _("例如：1 号楼；没有可以不填。")),
    Kind.FLOOR: (_("楼层标识"), _("电梯里按的：B1、1F、3F。患者按它找楼层。")),
    Kind.ROOM: (_("房间号或分区"), _("例如：305、A 区")),
}


class DepartmentChoices(forms.ModelMultipleChoiceField):
    """Several departments, indented below their groups, with their campus."""

    def __init__(self, **kwargs: Any) -> None:
        """Offer the active ones as boxes to tick."""
        rows = Department.objects.filter(is_active=True).select_related("campus").order_by("tree_id", "lft")
        super().__init__(rows, **{"widget": forms.CheckboxSelectMultiple(attrs={"class": "bo-ticks"}), **kwargs})

    def label_from_instance(self, obj: Department) -> str:
        """Show level and campus."""
        return f"{'　' * obj.level}{obj.name}" + (f"（{obj.campus.name}）" if obj.campus else "")


class PlaceForm(forms.ModelForm):
    """A building, a floor or a room; which, follows from where it is added."""

    departments = DepartmentChoices(
        label=_("科室"), required=False, help_text=_("一个房间可以属于几个科室。科室的第一个房间自动是它的主要位置。")
    )
    is_main = forms.BooleanField(
        label=_("是这些科室的主要位置"), required=False, help_text=_("预约单上的「怎么走」会指到主要位置。")
    )
    plan_file = forms.FileField(
        label=_("平面图"),
        required=False,
        help_text=_("SVG（最清楚，2 MB 以内）或 PNG、JPG、WebP 图片。换图后，已画的房间按比例保留。"),
    )
    blank_plan = forms.BooleanField(
        label=_("没有图纸，用空白底图"), required=False, help_text=_("在空白底图上直接画房间。")
    )

    class Meta:
        model = Place
        fields = ["campus", "name", "number", "use", "way", "hours", "is_active"]
        widgets = {"way": forms.Textarea(attrs={"rows": 2, "maxlength": 300})}
        help_texts = {
            "way": _("患者照着能走到的话，例如：乘 2 号电梯到 3 楼，出电梯左转。"),
            "hours": _("例如：周一至周五 8:00–17:30；没有可以不填。"),
            "is_active": _("停用后患者看不到它和里面的房间。"),
        }

    def __init__(self, *args: Any, parent: Place | None = None, **kwargs: Any) -> None:
        """Keep the fields that its kind has."""
        super().__init__(*args, **kwargs)
        self.parent = parent
        self.kind = self.instance.kind or places.BELOW.get(parent.kind if parent else None, Kind.ROOM)
        campus = self.fields["campus"]
        campus.queryset = Campus.objects.order_by("sort", "pk")  # type: ignore[attr-defined]
        if self.instance.pk or parent is not None:
            del self.fields["campus"]
        for name, words in (("name", LABELS), ("number", NUMBERS)):
            self.fields[name].label, self.fields[name].help_text = words[Kind(self.kind)]
        if self.kind != Kind.FLOOR:
            del self.fields["plan_file"], self.fields["blank_plan"]
        else:
            self.fields["number"].required = True
        if self.kind != Kind.ROOM:
            for name in ("departments", "is_main", "use"):
                del self.fields[name]
        elif self.instance.pk:
            links = list(PlaceDepartment.objects.filter(place=self.instance))
            self.fields["departments"].initial = [link.department_id for link in links]
            self.fields["is_main"].initial = any(link.main_of_id for link in links)

    def clean_plan_file(self) -> plans.Drawing | None:
        """Clean or re-encode what was uploaded; the sentence stands at the field."""
        file = self.cleaned_data.get("plan_file")
        if not file:
            return None
        if file.size > plans.LARGEST_PICTURE:
            raise ValidationError(_("文件超过 15 MB，请缩小后再上传"))
        try:
            return plans.read(file.read())
        except InvalidInput as error:
            raise ValidationError(error.sentence) from error

    def save(self, commit: bool = True) -> Place:
        """Write through the one service of each deed."""
        facts = {name: self.cleaned_data[name] for name in places.FIELDS if name in self.fields}
        if self.instance.pk:
            place = places.change(self.instance, **facts)
        else:
            campus = self.parent.campus if self.parent else self.cleaned_data["campus"]
            place = places.add(campus=campus, parent=self.parent, **facts)
        if "departments" in self.fields:
            chosen = list(self.cleaned_data["departments"])
            places.assign(place, chosen, chosen if self.cleaned_data["is_main"] else ())
        if drawing := self.cleaned_data.get("plan_file"):
            places.put_plan(place, drawing)
        elif self.cleaned_data.get("blank_plan") and not hasattr(place, "plan"):
            places.put_plan(place, plans.blank())
        self.instance = place
        return place


class ConditionForm(forms.ModelForm):
    """A condition, the words patients use for it, and its departments."""

    other_words = forms.CharField(
        label=_("其他说法"),
        required=False,
        max_length=600,
        widget=forms.Textarea(attrs={"rows": 2}),
        help_text=_("患者会怎么说，用顿号分开：胸口痛、心口疼、胸闷。患者的一句话里有其中一个，就能找到。"),
    )
    departments = DepartmentChoices(label=_("挂哪个科"), error_messages={"required": _("至少选择一个科室")})

    class Meta:
        model = Condition
        fields = ["name", "part", "is_emergency", "advice", "sort", "is_active"]
        help_texts = {
            "advice": _("一句话：要空腹吗，带什么来，什么情况要去急诊。"),
            "sort": _("数字小的排在前面。"),
        }
        error_messages = {"name": {"unique": _("已有这个病症，请直接修改它")}}

    field_order = ["name", "other_words", "part", "departments", "is_emergency", "advice", "sort", "is_active"]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        """Show the words and departments there are."""
        super().__init__(*args, **kwargs)
        self.fields["name"].label = _("病症或症状")
        if self.instance.pk:
            own = "".join(self.instance.name.split())
            words = self.instance.words.exclude(word=own).order_by("pk").values_list("word", flat=True)
            self.fields["other_words"].initial = "、".join(words)
            self.fields["departments"].initial = list(self.instance.departments.values_list("pk", flat=True))

    def clean_name(self) -> str:
        """Refuse a name that another condition has, with a sentence."""
        name: str = self.cleaned_data["name"].strip()
        if Condition.objects.filter(name=name).exclude(pk=self.instance.pk).exists():
            raise ValidationError(_("已有这个病症，请直接修改它"))
        return name

    def save(self, commit: bool = True) -> Condition:
        """Write through the service."""
        return conditions.save(
            self.instance,
            list(self.cleaned_data["departments"]),
            conditions.words_of(self.cleaned_data["other_words"]),
        )


class ImportForm(forms.Form):
    """A spreadsheet of conditions."""

    file = forms.FileField(
        label=_("CSV 文件"),
        help_text=_(
            "第一行是列名：病症、其他说法、部位、科室、急症、就诊建议。已有的病症按名称更新；有一行不对就一行也不导入。"
        ),
    )


class DepartmentStaffForm(forms.ModelForm):
    """Who writes the introduction of a department and of everything below it."""

    members = forms.ModelMultipleChoiceField(
        get_user_model().objects.none(),
        label=_("人员"),
        required=False,
        widget=forms.CheckboxSelectMultiple(attrs={"class": "bo-ticks"}),
        help_text=_("他们可以修改本科室及下级科室、本科室医生的介绍，写好后送审，由宣传科发布，不能改挂号等业务组件。"),
    )

    class Meta:
        model = DepartmentGroup
        fields = ["department", "may_write_articles"]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        """Offer active users; whose staff it is does not change."""
        super().__init__(*args, **kwargs)
        users = get_user_model().objects.filter(is_active=True, is_superuser=False).order_by("username")
        self.fields["members"].queryset = users  # type: ignore[attr-defined]
        self.fields["members"].label_from_instance = (  # type: ignore[attr-defined]
            lambda user: f"{user.get_full_name() or user.get_username()}（{user.get_username()}）"
        )
        department = self.fields["department"]
        department.queryset = Department.objects.filter(is_active=True).order_by("tree_id", "lft")  # type: ignore[attr-defined]
        department.label_from_instance = lambda row: (
            f"{'　' * row.level}{row.name}"
            + (  # type: ignore[attr-defined]
                f"（{row.campus.name}）" if row.campus_id else ""
            )
        )
        department.disabled = bool(self.instance.pk)
        if self.instance.pk:
            self.fields["members"].initial = list(self.instance.group.user_set.values_list("pk", flat=True))

    def clean_department(self) -> Department:
        """Say that there is one already."""
        department: Department = self.cleaned_data["department"]
        if DepartmentGroup.objects.filter(department=department).exclude(pk=self.instance.pk).exists():
            raise ValidationError(_("这个科室已经有人员名单，请直接修改它"))
        return department

    def save(self, commit: bool = True) -> DepartmentGroup:
        """Write through the service, which brings the rights over pages along."""
        self.instance = department_staff.put(
            self.cleaned_data["department"],
            list(self.cleaned_data["members"]),
            may_write_articles=self.cleaned_data["may_write_articles"],
        )
        return self.instance
