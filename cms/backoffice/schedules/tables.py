"""What several pages of this desk show: who sees patients, and the columns of a line."""

from django.utils.translation import gettext_lazy as _

from business.registration.models import (
    Schedule,
)
from cms.backoffice.ui import columns, people


def who(schedule: Schedule) -> str:
    """Return the doctor, or the clinic's name."""
    return schedule.doctor.name if schedule.doctor else schedule.clinic_name


WAITING = [
    columns.Text("patient", label=_("就诊人"), accessor=lambda row: people.name(row.patient)),
    columns.State("state", label=_("状态")),
    columns.When("joined_at", label=_("加入时间")),
    columns.When("until", seconds=False, label=_("候补截止")),
    columns.When("offered_at", label=_("到号时间")),
    columns.Text("reason", label=_("说明")),
]
