"""manage.py sync_his: take base data, schedules and slots from HIS."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError

from business.hospital.sync import sync_base
from business.integration.outcomes import OutsideError


class Command(BaseCommand):
    """Safe to repeat; what is unchanged is not written."""

    help = "从 HIS 同步院区、科室、医生，再同步排班与号源；可重复执行。"

    def handle(self, *args: Any, **options: Any) -> None:
        """Synchronise."""
        from business.registration.sync import sync_schedules

        try:
            base = sync_base()
            booking = sync_schedules()
        except OutsideError as reason:
            raise CommandError(f"HIS 没有给出可用的数据，未作更改：{reason}") from reason
        self.stdout.write(
            f"有变化：院区 {base.campuses}，科室 {base.departments}，医生 {base.doctors}，"
            f"排班 {booking.schedules}，号源 {booking.slots}"
        )
