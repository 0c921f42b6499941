"""Which members of staff look after which department's introduction."""

from django.contrib.auth.models import Group
from django.db import models
from django.utils.translation import gettext_lazy as _

from business.hospital.models.facts import Department


class DepartmentGroup(models.Model):
    """The staff group of a department; it reaches everything below the department too (科室人员)."""

    department = models.OneToOneField(Department, models.CASCADE, related_name="staff_group", verbose_name=_("科室"))
    group = models.OneToOneField(Group, models.CASCADE, related_name="hospital_department", verbose_name=_("用户组"))

    class Meta:
        verbose_name = _("科室人员")
        verbose_name_plural = _("科室人员")

    def __str__(self) -> str:
        return str(self.department)
