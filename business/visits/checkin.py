"""Check-in: the hospital's window and place first, then HIS, asked until it answers and never guessed."""

import logging
from datetime import timedelta

from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _

from business.integration import his, sweeper
from business.integration.his.port import CheckInResult
from business.integration.outcomes import Refused, Unknown
from business.patients.models import Account, Device
from business.registration import hooks as registration
from business.registration import registrar
from business.registration.errors import NotFound
from business.registration.models import Appointment
from business.security import audit
from business.security.refs import new_ref
from business.visits import queues, rules
from business.visits.errors import CannotCheckIn, his_sentence
from business.visits.models import CheckPoint, Visit
from business.visits.rules import Location

logger = logging.getLogger(__name__)

State = Visit.State
RETRY_SECONDS = 4
PATIENCE = timedelta(minutes=30)
HERE = frozenset({State.WAITING, State.CALLED, State.DONE})
BOUND = frozenset({State.CHECKING, *HERE, State.PASSED})


@registration.give_back_guard
def keeps_its_number(appointment: Appointment) -> str | None:
    """Keep a booking whose patient is here, or may be; called with the appointment's row locked."""
    if Visit.objects.filter(appointment=appointment, state__in=BOUND).exists():
        return str(_("您已报到，不能在线退号或改约，请到窗口办理。"))
    return None


def check_in(
    *,
    account: Account,
    appointment_ref: str,
    point: CheckPoint,
    location: Location | None = None,
) -> Visit:
    """Check a booking of the account in at a point; repeatable, also after being passed.

    Returns the visit: ``waiting``, or ``checking`` while HIS is silent (a sweep asks on). Raises a PortalError.
    """
    appointment = with_facts().filter(account=account, ref=appointment_ref).first()
    if appointment is None:
        raise NotFound(_("没有找到这条预约。"))
    rules.must_be_here(point, appointment, location)
    return _begin(appointment, way=Visit.Way.SCAN, point=point)


def check_in_at_device(appointment: Appointment, *, device: Device) -> Visit:
    """Check a booking in whose code was shown to a device of the hospital: whoever stands there is there.

    ``appointment`` is one of :func:`with_facts`. Repeatable; raises CannotCheckIn.
    """
    schedule = appointment.slot.schedule
    if device.campus_id and device.campus_id != schedule.campus_id:
        raise CannotCheckIn(_("您的预约在{campus}，请到那里报到。").format(campus=schedule.campus.name))
    return _begin(appointment, way=Visit.Way.CODE, device=device.name)


def with_facts() -> QuerySet[Appointment]:
    """Return bookings with all that a check-in looks at; one SQL."""
    return Appointment.objects.select_related(
        "account", "patient", "slot__schedule__campus", "slot__schedule__department", "slot__schedule__doctor"
    )


def _begin(appointment: Appointment, *, way: str, point: CheckPoint | None = None, device: str = "") -> Visit:
    rule = rules.rule_for(appointment.slot.schedule.campus_id)
    with transaction.atomic():
        row = Appointment.objects.select_for_update().get(pk=appointment.pk)
        visit = Visit.objects.filter(appointment=row).first()
        if visit is not None and visit.state in HERE:
            return visit
        if row.state != Appointment.State.BOOKED:
            raise CannotCheckIn(_("这次预约不在待就诊状态，不能报到。"))
        if problem := rules.window_of(appointment, rule).problem(timezone.now()):
            raise CannotCheckIn(problem)
        if visit is None:
            visit = Visit(appointment=row, schedule=appointment.slot.schedule)
        if visit.state != State.CHECKING or visit.request_no is None:
            visit.request_no = f"C{timezone.localdate():%y%m%d}{new_ref()}"
        visit.state, visit.way, visit.point, visit.problem = State.CHECKING, way, point, ""
        visit.device = device
        visit.next_check_at = timezone.now() + timedelta(seconds=RETRY_SECONDS)
        visit.save()
    return settle(visit)


def settle(visit: Visit) -> Visit:
    """Tell HIS; what it answers is applied once. Raises CannotCheckIn on a definite no."""
    appointment = visit.appointment
    try:
        result = _ask(visit)
    except Refused as no:
        sentence = his_sentence(no.code)
        if _end(visit, State.REFUSED, sentence):
            raise CannotCheckIn(sentence) from no
    except Unknown:
        pass  # the sweep asks on, under the same number
    else:
        with transaction.atomic():
            row = Visit.objects.select_for_update().get(pk=visit.pk)
            if row.state == State.CHECKING and row.request_no == visit.request_no:
                row.state, row.queue_no, row.room = State.WAITING, result.queue_no, result.room
                row.checked_in_at, row.next_check_at, row.ahead, row.called_at = timezone.now(), None, None, None
                row.save()
                queues.watch(row.schedule_id)
                audit.record(
                    "visits.checked_in",
                    account_ref=appointment.account.ref,
                    object_type="registration.appointment",
                    object_ref=appointment.ref,
                    detail={"way": row.way, "point": row.point.name if row.point else row.device},
                )
    visit.refresh_from_db()
    return visit


def _ask(visit: Visit) -> CheckInResult:
    appointment = visit.appointment
    if registrar.is_own(appointment):
        schedule = appointment.slot.schedule
        return CheckInResult(appointment.queue_no, appointment.place or schedule.place, timezone.now())
    return his.client().check_in(
        trade_no=appointment.trade_no,
        request_no=visit.request_no or "",
        point=visit.point.name if visit.point else visit.device,
    )


def _end(visit: Visit, state: str, problem: str) -> bool:
    same = Visit.objects.filter(pk=visit.pk, state=State.CHECKING, request_no=visit.request_no)
    return bool(same.update(state=state, problem=problem[:200], next_check_at=None))


def ask_on() -> None:
    """Go on with check-ins that HIS has not answered; after half an hour it is left to the window."""
    now = timezone.now()
    due = Visit.objects.filter(state=State.CHECKING, next_check_at__lte=now).select_related("appointment__account")
    for visit in sweeper.share(due.order_by("next_check_at")[:50]):
        again = now + timedelta(seconds=RETRY_SECONDS)
        mine = Visit.objects.filter(pk=visit.pk, state=State.CHECKING, next_check_at=visit.next_check_at)
        if not mine.update(next_check_at=again):
            continue
        if now > visit.appointment.slot.ends_at + PATIENCE:
            _end(visit, State.REFUSED, str(_("医院系统一直没有回应，请到窗口报到。")))
            continue
        try:
            settle(visit)
        except CannotCheckIn:
            continue  # written down; the patient's page tells it
        except Exception:
            logger.exception("the check-in of %s could not be settled", visit.appointment.ref)
