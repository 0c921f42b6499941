"""What the patient is told about a booking (requirements 14.1, 21.7)."""

from datetime import datetime

from django.utils import timezone

from business.messaging import services as messaging
from business.messaging.models import Message
from business.patients import queries as patients
from business.registration.models import Appointment, Schedule, WaitingEntry


def tell(
    appointment: Appointment,
    event: str,
    *,
    key: str,
    amount_fen: int | None = None,
    reason: str = "",
    more: dict[str, str] | None = None,
    path: str = "",
    due_at: datetime | None = None,
) -> Message:
    """Write a message in the caller's transaction, with the facts that templates may use and ``more`` of them.

    One with ``due_at`` waits for that moment and is withdrawn when the booking ends before (states.move).
    """
    facts = facts_of(appointment, amount_fen=amount_fen, reason=reason)
    return messaging.notify(
        account_ref=appointment.account.ref,
        openid=patients.openid_of(appointment.account),
        event=event,
        key=key,
        subject=appointment.ref,
        due_at=due_at,
        path=path or f"/-/go/registration.result/?appointment={appointment.ref}",
        facts={**facts, **(more or {})},
    )


def facts_of(appointment: Appointment, *, amount_fen: int | None = None, reason: str = "") -> dict[str, str]:
    """Return what templates may use of a booking, as it stands now."""
    schedule = Schedule.objects.select_related("department", "doctor", "campus").get(pk=appointment.slot.schedule_id)
    return {
        "patient": appointment.patient.name,
        "department": schedule.department.name,
        "doctor": schedule.doctor.name if schedule.doctor else schedule.clinic_name,
        "visit_time": time_text(appointment),
        "number": f"{appointment.slot.number}号",
        "place": appointment.place or schedule.place,
        "amount": yuan(appointment.fee_fen if amount_fen is None else amount_fen),
        "record_no": appointment.his_order_no or appointment.trade_no,
        "reason": reason or appointment.reason,
        "hospital": schedule.campus.name,
    }


def fresh_facts(appointment_ref: str) -> dict[str, str]:
    """Return the facts of a booking for a message that was written days ago; none where it is gone."""
    found = Appointment.objects.select_related("patient", "slot").filter(ref=appointment_ref).first()
    return facts_of(found) if found else {}


def tell_waiting(entry: WaitingEntry, event: str, *, key: str, reason: str = "") -> None:
    """Tell a patient who waits, in the caller's transaction."""
    schedule = Schedule.objects.select_related("department", "doctor", "campus").get(pk=entry.schedule_id)
    messaging.notify(
        account_ref=entry.account.ref,
        openid=patients.openid_of(entry.account),
        event=event,
        key=key,
        path="/-/go/registration.waiting/",
        facts={
            "patient": entry.patient.name,
            "department": schedule.department.name,
            "doctor": schedule.doctor.name if schedule.doctor else schedule.clinic_name,
            "visit_time": f"{schedule.date:%Y-%m-%d} {schedule.get_session_display()}",
            "place": schedule.place,
            "reason": reason,
            "hospital": schedule.campus.name,
        },
    )


def time_text(appointment: Appointment) -> str:
    """Return the start of the visit as WeChat's time keyword wants it: 2026-11-23 16:30."""
    return f"{timezone.localtime(appointment.slot.starts_at):%Y-%m-%d %H:%M}"


def yuan(fen: int) -> str:
    """5000 → ¥50.00, as WeChat's amount keyword wants it."""
    return f"¥{fen // 100}.{fen % 100:02d}"
