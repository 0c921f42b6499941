"""Which members of staff look after which department's introduction."""

from django.contrib.auth.models import Group
from django.db import models
from django.utils.translation import gettext_lazy as _

from business.hospital.models.facts import Department


class DepartmentGroup(models.Model):
    """The staff group of a department; it reaches everything below the department too (科室人员)."""

    department = models.OneToOneField(Department, models.CASCADE, related_name="staff_group", verbose_name=_("科室"))
    group = models.OneToOneField(Group, models.CASCADE, related_name="hospital_department", verbose_name=_("用户组"))
    may_write_articles = models.BooleanField(
        _("可以写文章"),
        default=False,
        help_text=_("勾选后，本科室人员可以写健康科普等文章，送审后由宣传科发布；只能改自己写的。"),
    )

    class Meta:
        verbose_name = _("科室人员")
        verbose_name_plural = _("科室人员")

    def __str__(self) -> str:
        return str(self.department)
