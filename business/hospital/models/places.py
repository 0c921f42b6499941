"""Where things are: buildings, their floors, the rooms on them, and the plan of a floor."""

from typing import Any

from django.db import models
from django.utils.translation import gettext_lazy as _
from mptt.models import MPTTModel, TreeForeignKey

from business.hospital.models.facts import Campus, Department, Sounding
from business.security.refs import new_ref


class Place(Sounding, MPTTModel):
    """A building, a floor of it or a room on that floor (楼宇、楼层、房间); three levels, always in this order."""

    class Kind(models.TextChoices):
        """What stands at which level."""

        BUILDING = "building", _("楼宇")
        FLOOR = "floor", _("楼层")
        ROOM = "room", _("房间或区域")

    class Use(models.TextChoices):
        """What a room is for; gives it its colour on the plan."""

        CLINIC = "clinic", _("诊区、诊室")
        SERVICE = "service", _("服务窗口")
        TOILET = "toilet", _("卫生间")
        LIFT = "lift", _("电梯、扶梯")
        STAIRS = "stairs", _("楼梯")
        ENTRANCE = "entrance", _("出入口")
        OTHER = "other", _("其他")

    ref = models.CharField(_("公开编号"), max_length=20, unique=True, default=new_ref, editable=False)
    kind = models.CharField(_("类别"), max_length=10, choices=Kind.choices, editable=False)
    parent = TreeForeignKey(
        "self", models.CASCADE, null=True, blank=True, related_name="children", verbose_name=_("上级"), editable=False
    )
    campus = models.ForeignKey(Campus, models.PROTECT, related_name="places", verbose_name=_("院区"))
    number = models.CharField(_("编号"), max_length=20, blank=True)
    use = models.CharField(_("用途"), max_length=10, choices=Use.choices, default=Use.CLINIC)
    way = models.CharField(_("怎么走"), max_length=300, blank=True)
    hours = models.CharField(_("开放时间"), max_length=100, blank=True)
    is_active = models.BooleanField(_("启用"), default=True)
    # On the plan of the floor, in the plan's units: {"kind": "rect", "points": [[x, y], [x, y]]}; see plans.py.
    shape = models.JSONField(_("图上的形状"), null=True, blank=True, editable=False)
    departments: Any = models.ManyToManyField(
        Department,
        through="PlaceDepartment",
        through_fields=("place", "department"),
        related_name="places",
        verbose_name=_("科室"),
        blank=True,
    )

    class Meta:
        verbose_name = _("楼宇与房间")
        verbose_name_plural = _("楼宇与房间")

    @property
    def label(self) -> str:
        """Name and number as people say them: 3F 内科诊区, 305 诊室; a floor by its label first."""
        parts = (self.number, self.name)
        return " ".join(dict.fromkeys(part for part in parts if part))


class PlaceDepartment(models.Model):
    """A department is found in a room; one of its rooms is the main one."""

    place = models.ForeignKey(Place, models.CASCADE, related_name="links", verbose_name=_("房间"))
    department = models.ForeignKey(Department, models.CASCADE, related_name="place_links", verbose_name=_("科室"))
    # The department again where this is its main room, else nothing: the database allows one main room.
    main_of = models.OneToOneField(
        Department, models.CASCADE, null=True, blank=True, related_name="main_link", verbose_name=_("主要位置")
    )

    class Meta:
        verbose_name = _("房间所属科室")
        verbose_name_plural = _("房间所属科室")
        constraints = [models.UniqueConstraint(fields=["place", "department"], name="hospital_place_department_once")]

    def __str__(self) -> str:
        return f"{self.place} · {self.department}"


class FloorPlan(models.Model):
    """The drawing of a floor under its rooms: a cleaned SVG, a re-encoded picture, or a blank sheet."""

    floor = models.OneToOneField(Place, models.CASCADE, related_name="plan", verbose_name=_("楼层"))
    width = models.PositiveIntegerField(_("宽"))
    height = models.PositiveIntegerField(_("高"))
    svg = models.TextField(_("矢量图"), blank=True)
    image = models.FileField(_("图片"), upload_to="floor-plans/", blank=True)
    version = models.CharField(_("版本"), max_length=20, default=new_ref)
    changed_at = models.DateTimeField(_("修改时间"), auto_now=True)

    class Meta:
        verbose_name = _("楼层平面图")
        verbose_name_plural = _("楼层平面图")

    def __str__(self) -> str:
        return str(self.floor)
