"""Following doctors, and telling who asked when a doctor has numbers again (26.1)."""

from django.db import transaction
from django.utils import timezone

from business.hospital.models import Doctor
from business.hospital.queries import get_doctor
from business.messaging import services as messaging
from business.patients import queries as patients
from business.patients.models import Account
from business.registration import finding
from business.registration.models import DoctorFollow

SWEEP_DOCTORS = 500


def follow(*, account: Account, doctor_ref: str, wants_notice: bool = False) -> DoctorFollow:
    """Follow a doctor; repeatable. Raises NotFoundError."""
    doctor = get_doctor(doctor_ref)
    row, _created = DoctorFollow.objects.get_or_create(account=account, doctor=doctor)
    if wants_notice:
        return set_notice(account=account, doctor_ref=doctor_ref, wants_notice=True)
    return row


def unfollow(*, account: Account, doctor_ref: str) -> None:
    """Follow a doctor no longer; repeatable."""
    DoctorFollow.objects.filter(account=account, doctor__ref=doctor_ref).delete()


def set_notice(*, account: Account, doctor_ref: str, wants_notice: bool) -> DoctorFollow:
    """Ask to be told when a doctor has numbers again, or no longer; who asks, follows. Raises NotFoundError."""
    doctor = get_doctor(doctor_ref)
    row, _created = DoctorFollow.objects.get_or_create(account=account, doctor=doctor)
    row.wants_notice = wants_notice
    row.had_slots = doctor.pk in finding.soonest([doctor.pk])  # told when that changes, not of what they see now
    row.save(update_fields=["wants_notice", "had_slots"])
    return row


def tell_followers() -> int:
    """Tell who asked of doctors that have numbers again, whatever brought them; return how many were told."""
    waiting = DoctorFollow.objects.filter(wants_notice=True)
    ids = list(waiting.order_by("doctor_id").values_list("doctor_id", flat=True).distinct()[:SWEEP_DOCTORS])
    if not ids:
        return 0
    free = finding.soonest(ids)
    waiting.filter(had_slots=True).exclude(doctor_id__in=list(free)).update(had_slots=False)
    told = 0
    for row in waiting.filter(had_slots=False, doctor_id__in=list(free)).select_related("account", "doctor"):
        told += _tell(row, free[row.doctor_id])
    return told


@transaction.atomic
def _tell(row: DoctorFollow, soonest: finding.Soonest) -> bool:
    now = timezone.now()
    mine = DoctorFollow.objects.filter(pk=row.pk, had_slots=False, wants_notice=True)
    if not mine.update(had_slots=True, notified_at=now):
        return False
    doctor: Doctor = row.doctor
    department = doctor.departments.first()
    messaging.notify(
        account_ref=row.account.ref,
        openid=patients.openid_of(row.account),
        event="registration.doctor_has_slots",
        key=f"has_slots:{row.pk}:{now:%Y%m%d%H%M%S}",
        path=f"/-/go/registration.doctors/?department={soonest.department_ref}&doctor={doctor.ref}",
        facts={
            "doctor": f"{doctor.name} {doctor.title}",
            "department": department.name if department else "",
            "visit_time": f"{soonest.date:%Y-%m-%d}",
        },
    )
    return True
