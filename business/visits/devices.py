"""Check-in at a device: the patient's own code, or the booking's, read by a kiosk of the hospital."""

from collections.abc import Mapping
from typing import Any

from django.utils import timezone

from business.patients.models import Device, Patient, Purpose
from business.patients.services import scans
from business.registration.models import Appointment
from business.visits import checkin
from business.visits.errors import CannotCheckIn
from business.visits.models import Visit


@scans.after(Purpose.CHECK_IN)
def arrived(device: Device, read: scans.Read) -> Mapping[str, Any]:
    """Check the scanned booking in, else the person's nearest one of today; tell the device what to print.

    What cannot be checked in is told beside who it is: the device may know more of this person than we do.
    """
    appointment = _booking(device, read)
    if appointment is None:
        return {"check_in": None}
    try:
        visit = checkin.check_in_at_device(appointment, device=device)
    except CannotCheckIn as refusal:
        return {"check_in": {"appointment": appointment.ref, "state": "refused", "problem": refusal.sentence}}
    schedule = appointment.slot.schedule
    return {
        "check_in": {
            "appointment": appointment.ref,
            "state": visit.state,
            "queue_no": visit.queue_no,
            "room": visit.room or appointment.place or schedule.place,
            "department": schedule.department.name,
            "doctor": schedule.doctor.name if schedule.doctor else schedule.clinic_name,
            "time": f"{timezone.localtime(appointment.slot.starts_at):%H:%M}",
        },
    }


def _booking(device: Device, read: scans.Read) -> Appointment | None:
    rows = checkin.with_facts().filter(state=Appointment.State.BOOKED)
    if scanned := read.facts.get("visit"):  # the code of a booking (business.registration.handlers)
        return rows.filter(trade_no=scanned["trade_no"]).first()
    # The same person may be listed by several accounts; whoever booked, it is their visit.
    same = Patient.objects.filter(id_index=read.patient.id_index)
    today = rows.filter(patient__in=same, slot__schedule__date=timezone.localdate())
    if device.campus_id:
        today = today.filter(slot__schedule__campus=device.campus_id)
    waiting = today.exclude(visit__state__in=[Visit.State.DONE, Visit.State.NO_SHOW])
    ahead = waiting.filter(slot__ends_at__gte=timezone.now()).order_by("slot__starts_at").first()
    return ahead or waiting.order_by("-slot__starts_at").first()
