"""Campuses, departments and doctors, as HIS knows them."""

from typing import Any

from django.db import models
from django.utils.translation import gettext_lazy as _
from mptt.models import MPTTModel, TreeForeignKey

from business.hospital.pinyin import initials_of, pinyin_of
from business.security.refs import new_ref


class Sounding(models.Model):
    """A thing with a Chinese name and what search by sound needs of it."""

    name = models.CharField(_("名称"), max_length=60)
    pinyin = models.CharField(_("拼音"), max_length=200, editable=False, db_index=True)
    initials = models.CharField(_("拼音首字母"), max_length=60, editable=False, db_index=True)

    class Meta:
        abstract = True

    def __str__(self) -> str:
        return self.name

    def save(self, *args: Any, **kwargs: Any) -> None:
        """Keep the pinyin beside the name."""
        self.pinyin, self.initials = pinyin_of(self.name), initials_of(self.name)
        if (fields := kwargs.get("update_fields")) is not None and "name" in fields:
            kwargs["update_fields"] = {*fields, "pinyin", "initials"}
        super().save(*args, **kwargs)


class Named(Sounding):
    """A thing with a code known to HIS, too."""

    ref = models.CharField(_("公开编号"), max_length=20, unique=True, default=new_ref, editable=False)
    code = models.CharField(_("HIS 代码"), max_length=40, unique=True)
    sort = models.PositiveIntegerField(_("排序"), default=0)
    is_active = models.BooleanField(_("启用"), default=True)

    class Meta:
        abstract = True


class Campus(Named):
    """A site of the hospital with its own address (院区)."""

    address = models.CharField(_("地址"), max_length=200, blank=True)
    phone = models.CharField(_("电话"), max_length=40, blank=True)
    longitude = models.DecimalField(_("经度"), max_digits=9, decimal_places=6, null=True, blank=True)
    latitude = models.DecimalField(_("纬度"), max_digits=9, decimal_places=6, null=True, blank=True)

    class Meta:
        verbose_name = _("院区")
        verbose_name_plural = _("院区")
        ordering = ["sort", "pk"]


class Department(Named, MPTTModel):
    """A department; the first level groups, patients book at the leaves (科室)."""

    parent = TreeForeignKey(
        "self", models.PROTECT, null=True, blank=True, related_name="children", verbose_name=_("上级科室")
    )
    campus = models.ForeignKey(
        Campus, models.PROTECT, null=True, blank=True, related_name="departments", verbose_name=_("院区")
    )
    location = models.CharField(_("位置"), max_length=100, blank=True)
    summary = models.CharField(_("一句话介绍"), max_length=200, blank=True)

    class Meta:
        verbose_name = _("科室")
        verbose_name_plural = _("科室")

    class MPTTMeta:
        order_insertion_by = ["sort"]


class Doctor(Named):
    """A doctor as HIS knows them (医生)."""

    class Gender(models.TextChoices):
        """Gender as on record."""

        MALE = "male", _("男")
        FEMALE = "female", _("女")

    gender = models.CharField(_("性别"), max_length=6, choices=Gender.choices)
    title = models.CharField(_("职称"), max_length=40)
    specialty = models.CharField(_("擅长"), max_length=300, blank=True)
    departments = models.ManyToManyField(Department, related_name="doctors", verbose_name=_("科室"))

    class Meta:
        verbose_name = _("医生")
        verbose_name_plural = _("医生")
        ordering = ["sort", "pk"]
