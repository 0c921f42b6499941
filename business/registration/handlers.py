"""What the outbox and the sweeper call, and what payments asks: nothing decides here."""

import logging
from functools import partial
from typing import Any

from django.conf import settings
from django.utils import timezone
from django.utils.translation import gettext as _

from business.integration import outbox, sweeper
from business.integration.outcomes import OutsideError, Refused, Unknown
from business.patients import services as patients
from business.patients.models import Patient
from business.patients.services import scans
from business.payments import incidents, kinds
from business.payments.queries import order_of_subject
from business.registration import conduct, messages, queries, registrar, services, sync, tickets  # noqa: F401  # conduct, messages: what they register
from business.registration.kind import KIND
from business.registration.models import Appointment
from business.registration.planning import weeks
from business.registration.services import affected, changes, follows, offers, staff
from business.registration.services.cancel import cancel_with_his
from business.registration.services.release import free_slot
from business.registration.services.settle import RegistrationKind, confirm_free
from business.security.errors import PortalError

logger = logging.getLogger(__name__)

kinds.register(RegistrationKind())


@patients.removal_guard
def has_a_visit_ahead(patient: Patient) -> str | None:
    """Keep a patient listed while a booking of theirs is alive."""
    return (
        str(_("该就诊人还有未就诊或正在办理的预约，请先取消预约再移除。")) if queries.has_active(patient.pk) else None
    )


@scans.reader(tickets.PREFIX)
def read_ticket(text: str) -> scans.Read:
    """Let scanners read the code of a booked visit, too."""
    visit = tickets.verify(text)
    facts = {
        "trade_no": visit.trade_no,
        "his_order_no": visit.his_order_no,
        "starts_at": timezone.localtime(visit.slot.starts_at).isoformat(timespec="seconds"),
    }
    return scans.Read(visit.patient, {"visit": facts})


@outbox.handler("registration.unlock")
def unlock(payload: dict[str, Any]) -> None:
    """Free the slot in HIS."""
    appointment = Appointment.objects.get(ref=payload["ref"])
    try:
        registrar.of(appointment).unlock_slot(trade_no=appointment.trade_no)
    except Refused as no:
        raise outbox.GiveUp(str(no)) from no
    except Unknown as silence:
        raise outbox.RetryLater(str(silence)) from silence
    free_slot(appointment)


@outbox.handler("registration.confirm_free")
def confirm_free_of_charge(payload: dict[str, Any]) -> None:
    """Confirm a booking without a fee."""
    confirm_free(payload["ref"])


@outbox.handler("registration.cancel")
def cancel_booked(payload: dict[str, Any]) -> None:
    """Cancel in HIS, then refund."""
    cancel_with_his(payload["ref"])


@outbox.handler(changes.TOPIC)
def handle_affected(payload: dict[str, Any]) -> None:
    """Undo or tell one patient of a changed clinic."""
    affected.carry_out(payload["affected"])


@outbox.handler(staff.TOPIC)
def staff_cancel(payload: dict[str, Any]) -> None:
    """Undo a booking because staff said so."""
    staff.carry_out(payload)


@outbox.on_dead(changes.TOPIC)
def leave_affected(payload: dict[str, Any], reason: str) -> None:
    """Show on the change's page that a person must look."""
    affected.give_up(payload["affected"], reason)


@sweeper.sweep(every_seconds=30)
def stragglers() -> None:
    """Find bookings that slipped in while their clinic was being stopped."""
    changes.find_stragglers()


DEAD_SENTENCES = {
    "registration.unlock": "号源释放未成功，医院系统与门户的记录可能不一致",
    "registration.confirm_free": "免费预约迟迟未得到医院确认",
    "registration.cancel": "退号迟迟未得到医院确认，费用尚未退回",
}


def _tell_staff(topic: str, payload: dict[str, Any], reason: str) -> None:
    """Put a booking that the program gave up on the exception list (I6): a patient waits for it."""
    appointment = Appointment.objects.get(ref=payload["ref"])
    incidents.raise_incident(
        topic,
        appointment.ref,
        f"预约 {appointment.trade_no}：{DEAD_SENTENCES[topic]}，请与医院系统核对后处理",
        order=order_of_subject(KIND, appointment.ref),
        detail={"trade_no": appointment.trade_no, "state": appointment.state, "reason": reason},
    )


for _topic in DEAD_SENTENCES:
    outbox.on_dead(_topic)(partial(_tell_staff, _topic))


@sweeper.sweep(every_seconds=5)
def expire_holds() -> None:
    """Release unpaid holds whose time is over."""
    services.expire_due()


@sweeper.sweep(every_seconds=3)
def ask_on() -> None:
    """Go on asking HIS about locks nobody knows the outcome of (F5)."""
    waiting = Appointment.objects.filter(state=Appointment.State.LOCKING, next_check_at__lte=timezone.now())
    for appointment in sweeper.share(waiting.order_by("next_check_at")[:50]):
        if not services.claim_lock(appointment):
            continue
        try:
            services.settle_lock(appointment)
        except (PortalError, OutsideError):
            continue  # a refusal has been written down; the patient's page tells it
        except Exception:
            logger.exception("the lock of %s could not be settled", appointment.ref)


@sweeper.sweep(every_seconds=5)
def serve_the_lines() -> None:
    """Offer free numbers to those who wait, and follow what became of earlier offers."""
    offers.sweep()


@sweeper.sweep(every_seconds=60)
def tell_followers() -> None:
    """Tell who asked when a doctor has numbers again."""
    follows.tell_followers()


@sweeper.sweep(every_seconds=3600)
def plan_ahead() -> None:
    """Make the clinics of days that come into reach, from the templates."""
    for problem in weeks.plan_ahead().problems:
        logger.warning("a clinic of a template was not made: %s", problem)


@outbox.handler("registration.sync", max_attempts=3)
def synchronise_now(payload: dict[str, Any]) -> None:
    """Synchronise because a member of staff asked."""
    try:
        sync.sync_schedules(actor=payload["actor"])
    except OutsideError as reason:
        raise outbox.GiveUp(str(reason)) from reason


@sweeper.sweep(every_seconds=60)
def synchronise() -> None:
    """Fetch what changed of schedules and slots from HIS, everything once an hour."""
    if not settings.HIS["URL"]:
        return
    try:
        sync.sync_changes()
    except OutsideError as reason:
        logger.warning("schedules could not be synchronised: %s", reason)
