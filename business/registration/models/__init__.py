"""Rules, clinics and numbers, appointments, changes, waiting lists, synchronisation runs."""

from business.registration.models.appointments import Appointment, AppointmentEvent
from business.registration.models.changes import AffectedBooking, ClinicChange
from business.registration.models.rules import BookingRule, Holiday, ReleaseRule, TitleFee
from business.registration.models.schedules import ClinicTemplate, Schedule, Slot
from business.registration.models.syncs import SyncRun
from business.registration.models.waiting import DoctorFollow, WaitingEntry

__all__ = [
    "AffectedBooking",
    "Appointment",
    "AppointmentEvent",
    "BookingRule",
    "ClinicChange",
    "ClinicTemplate",
    "DoctorFollow",
    "Holiday",
    "ReleaseRule",
    "Schedule",
    "Slot",
    "SyncRun",
    "TitleFee",
    "WaitingEntry",
]
