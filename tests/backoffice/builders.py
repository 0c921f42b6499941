"""Business records for the back office's tests: whole bookings with order, money, messages and calls."""

from datetime import time, timedelta
from itertools import count
from typing import Any

from django.contrib.auth import get_user_model
from django.db import transaction
from django.utils import timezone

from business.finance.models import Batch, Bill, BillEntry, Difference, FinanceRule, RefundRequest
from business.hospital.models import Campus, Department, Doctor
from business.integration.models import CallLog, OutboxItem
from business.messaging.models import Message, MessageTemplate
from business.patients.models import Account, Appeal, Device, Identity, Patient
from business.patients.services import bindings
from business.patients.services.standing import close_by_staff, load_default_rules
from business.payments import ledger
from business.payments.models import Attempt, Incident, Merchant, Order, OrderEvent, Payment, PayRule, Refund
from business.registration.models import (
    AffectedBooking,
    Appointment,
    AppointmentEvent,
    BookingRule,
    ClinicChange,
    ClinicTemplate,
    Holiday,
    ReleaseRule,
    Schedule,
    Slot,
    SyncRun,
    TitleFee,
    WaitingEntry,
)
from business.security.crypto import blind_index

_numbers = count(1)
NAMES = ("林晓雯", "王建国", "欧阳明月", "李娜", "陈思远", "赵一")


def hospital() -> dict[str, Any]:
    """Build a campus, a department in a parent, a doctor, a merchant, a rule."""
    campus, _ = Campus.objects.get_or_create(code="C1", defaults={"name": "本部院区", "address": "解放路 1 号"})
    parent, _ = Department.objects.get_or_create(code="D0", defaults={"name": "内科", "campus": campus})
    department, _ = Department.objects.get_or_create(
        code="D1", defaults={"name": "心血管内科", "campus": campus, "parent": parent}
    )
    doctor, made = Doctor.objects.get_or_create(
        code="DR1", defaults={"name": "周明德", "gender": "male", "title": "主任医师", "specialty": "冠心病、高血压"}
    )
    if made:
        doctor.departments.add(department)
    merchant, _ = Merchant.objects.get_or_create(
        code="M1", defaults={"name": "医院总商户", "channel": "wechatpay", "mchid": "1900000001"}
    )
    rule, _ = BookingRule.objects.get_or_create(campus=None)
    return {"campus": campus, "department": department, "doctor": doctor, "merchant": merchant, "rule": rule}


def staff(*groups: str, **facts: Any) -> Any:
    """Build a member of staff in the given roles (which must be set up)."""
    from django.contrib.auth.models import Group

    user = get_user_model().objects.create_user(
        username=f"staff{next(_numbers)}", password="Correct-Horse-9", email="staff@example.com", **facts
    )
    user.groups.set(Group.objects.filter(name__in=groups))
    return user


def patient(name: str = "林晓雯", id_number: str = "420111199003074526", phone: str = "13800006620") -> Patient:
    """Build an account with one patient."""
    account = Account.objects.create()
    openid = f"oPenId{next(_numbers):010d}"
    Identity.objects.create(
        account=account, kind="wechat_openid", app_id="wx1", subject=openid, subject_index=blind_index("openid", openid)
    )
    return Patient.objects.create(
        account=account,
        name=name,
        name_index=blind_index("patient.name", name),
        id_number=id_number,
        id_index=blind_index("patient.id_number", id_number),
        phone=phone,
        phone_index=blind_index("patient.phone", phone),
        account_claim=f"{account.pk}:{next(_numbers)}",
        file_state="ready",
        his_patient_id=f"P{next(_numbers):08d}",
        card_no=f"6200{next(_numbers):08d}",
    )


def appointment(state: str = "booked", *, who: Patient | None = None, **facts: Any) -> Appointment:
    """Build a booking of a slot today, with its history."""
    base = hospital()
    number = next(_numbers)
    who = who or patient()
    start = timezone.localtime().replace(hour=8, minute=0, second=0, microsecond=0) + timedelta(
        minutes=10 * (number % 40)
    )
    schedule, _ = Schedule.objects.get_or_create(
        code=f"S{number // 40}",
        defaults={
            "campus": base["campus"],
            "department": base["department"],
            "doctor": base["doctor"],
            "date": timezone.localdate(),
            "session": "morning",
            "clinic_name": "心血管内科专家门诊",
            "place": "门诊楼 3 层 302",
            "fee_fen": 5000,
        },
    )
    slot = Slot.objects.create(
        code=f"SL{number}", schedule=schedule, number=number, starts_at=start, ends_at=start + timedelta(minutes=10)
    )
    ended = state in {"cancelled", "expired", "failed"}
    row = Appointment.objects.create(
        **{
            "trade_no": f"RG{number:012d}",
            "account": who.account,
            "patient": who,
            "slot": slot,
            "claimed_slot": None if ended else slot,
            "request_key": f"{who.account.pk}:{number}",
            "fee_fen": 5000,
            "state": state,
            "hold_expires_at": timezone.now() + timedelta(minutes=15),
            "his_order_no": f"HIS{number:08d}",
            "queue_no": "A012",
            **facts,
        }
    )
    now = timezone.now()
    for before, after, reason in (("", "locking", ""), ("locking", "held", ""), ("held", state, "HIS 已确认")):
        AppointmentEvent.objects.create(
            appointment=row, at=now, from_state=before, to_state=after, reason=reason, actor="system"
        )
    return row


def paid(booking: Appointment, *, state: str = "settled") -> Order:
    """Build the booking's order, its payment, its balanced ledger, a message and calls."""
    number = next(_numbers)
    merchant = hospital()["merchant"]
    now = timezone.now()
    order = Order.objects.create(
        out_trade_no=f"PH{number:012d}",
        kind="registration",
        subject_ref=booking.ref,
        account=booking.account,
        merchant=merchant,
        amount_fen=booking.fee_fen,
        description="预约挂号：心血管内科",
        state=state,
        expires_at=now + timedelta(minutes=15),
        paid_at=now,
        settled_at=now,
    )
    OrderEvent.objects.create(order=order, at=now, from_state="", to_state="created", actor="system")
    OrderEvent.objects.create(order=order, at=now, from_state="created", to_state=state, actor="system")
    attempt = Attempt.objects.create(
        number=order.out_trade_no, order=order, merchant=merchant, state="paid", pay_until=order.expires_at
    )
    payment = Payment.objects.create(
        order=order,
        attempt=attempt,
        pays=order,
        merchant=merchant,
        transaction_id=f"42000{number:023d}",
        amount_fen=order.amount_fen,
        success_at=now,
        learned_by="callback",
    )
    with transaction.atomic():
        ledger.paid(payment)
        ledger.settled(order, "registration")
    message(booking)
    call(trade_no=booking.trade_no)
    call(trade_no=order.out_trade_no, system="wechatpay", operation="query")
    return order


def refund(order: Order, state: str = "processing") -> Refund:
    """Build a refund of an order's whole payment."""
    return Refund.objects.create(
        out_refund_no=f"RF{next(_numbers):012d}",
        order=order,
        payment=order.payments.first(),
        key=f"refund:{order.out_trade_no}",
        amount_fen=order.amount_fen,
        reason="患者退号",
        state=state,
        actor="system",
    )


def message(booking: Appointment) -> Message:
    """Build a message about a booking."""
    return Message.objects.create(
        account_ref=booking.account.ref,
        event="registration.booked",
        key=f"registration.booked:{booking.ref}",
        openid="oPenId0000000001",
        title="预约成功通知",
        facts={"patient": booking.patient.name, "department": "心血管内科"},
        state="sent",
        sent_at=timezone.now(),
    )


def call(**facts: Any) -> CallLog:
    """Build a call log row."""
    return CallLog.objects.create(
        **{
            "at": timezone.now(),
            "system": "his",
            "operation": "registrations.confirm",
            "request": '{"name":"**雯","id_number":"4201**********4526"}',
            "answer": '{"code":"OK","data":{"his_order_no":"HIS1"}}',
            "http_status": 200,
            "code": "OK",
            "outcome": "ok",
            "duration_ms": 43,
            **facts,
        }
    )


def outbox_item(state: str = "dead", **facts: Any) -> OutboxItem:
    """Build a piece of follow-up work."""
    return OutboxItem.objects.create(
        **{
            "topic": "registration.confirm",
            "key": f"registration.confirm:{next(_numbers)}",
            "payload": {"ref": "abc", "phone": "13800006620"},
            "state": state,
            "attempts": 40,
            "due_at": timezone.now() - timedelta(hours=1),
            "last_error": "Unknown: HIS 无应答 13800006620",
            **facts,
        }
    )


def incident(order: Order | None = None, **facts: Any) -> Incident:
    """Build something about money that a person must look at."""
    return Incident.objects.create(
        **{
            "key": f"amount:{next(_numbers)}",
            "kind": "payment_mismatch",
            "order": order,
            "sentence": "渠道通知的金额与订单不一致",
            "detail": {"notified_fen": 4900},
            **facts,
        }
    )


def difference(order: Order) -> Difference:
    """Build a day that was compared, and the one payment HIS does not know."""
    payment, now = order.payments.get(), timezone.now()
    day = timezone.localdate() - timedelta(days=next(_numbers))
    bill = Bill.objects.create(merchant=order.merchant, day=day, path="x.csv", sha256="ab" * 32, size=9, fetched_at=now)
    BillEntry.objects.create(
        bill=bill,
        direction="pay",
        number=payment.transaction_id,
        out_trade_no=order.out_trade_no,
        amount_fen=60_000,
        state="SUCCESS",
        at=now,
    )
    batch = Batch.objects.create(
        merchant=order.merchant, day=day, bill=bill, state="done", runs=1, started_at=now, differing=1
    )
    return Difference.objects.create(
        batch=batch,
        key=f"difference:{next(_numbers)}",
        kind="his_missing",
        direction="pay",
        number=payment.transaction_id,
        order=order,
        payment=payment,
        channel_fen=60_000,
        ledger_fen=60_000,
        reason="HIS 没有这笔收款",
        found_at=now,
    )


def template() -> MessageTemplate:
    """Build a message template."""
    return MessageTemplate.objects.create(
        event=f"registration.booked{next(_numbers)}",
        name="预约成功通知",
        template_id="TPL123",
        mapping={"thing1": "department", "time2": "visit_time"},
    )


def whole_day(number: int) -> None:
    """Build that many bookings with everything that hangs on them."""
    for index in range(number):
        who = patient(name=NAMES[index % len(NAMES)])
        order = paid(appointment(who=who))
        if index % 3 == 0:
            refund(order)
        incident(order)
        difference(order)
        RefundRequest.objects.create(order=order, account=order.account, reason="付了钱没有号")
        outbox_item()
        template()
        changed_clinic(who)
    PayRule.objects.create(merchant=hospital()["merchant"], scene="jsapi")
    FinanceRule.objects.get_or_create()
    place()


def changed_clinic(who: Any) -> None:
    """Build a change of a clinic with somebody whom a person must look after, a wait, a run, and a plan."""
    number, booking = next(_numbers), Appointment.objects.order_by("-pk").first()
    assert booking is not None
    schedule, base = booking.slot.schedule, hospital()
    change = ClinicChange.objects.create(schedule=schedule, kind="stop", actor="staff:li", reason="外出会诊")
    AffectedBooking.objects.create(change=change, appointment=booking, state="failed", outcome="患者已报到")
    WaitingEntry.objects.create(
        account=who.account, patient=who, schedule=schedule, claim=f"w{number}", until=timezone.now()
    )
    today = timezone.localdate()
    line = {"what": "schedule", "code": "S1", "change": "挂号费（分）", "before": "5000", "after": "3000"}
    SyncRun.objects.create(kind="full", state="ok", first_day=today, last_day=today, differences=[line])
    ReleaseRule.objects.get_or_create(scope_key="hospital", defaults={"days_ahead": 14})
    TitleFee.objects.get_or_create(title="主任医师", defaults={"fee_fen": 5000})
    Holiday.objects.get_or_create(date=today, defaults={"name": "元旦"})
    ClinicTemplate.objects.create(
        weekday=0, department=base["department"], session="morning", starts=time(8), ends=time(12)
    )


def place() -> Any:
    """Build a building, a floor with a plan and a room, a condition, and the staff of a department."""
    from business.hospital import conditions, places, plans
    from business.hospital.models import Condition
    from cms.pages import department_staff

    base = hospital()
    building = places.add(campus=base["campus"], parent=None, name="门诊楼")
    floor = places.add(campus=base["campus"], parent=building, name="一层", number="1F")
    places.put_plan(floor, plans.blank())
    room = places.add(campus=base["campus"], parent=floor, name="诊区", number="101")
    places.assign(room, [base["department"]])
    conditions.save(Condition(name=f"胸痛{next(_numbers)}"), [base["department"]], ["胸闷"])
    department_staff.put(base["department"], [])
    return room


def standing() -> Appeal:
    """Build the rules, a card, a device, and a block with its appeal."""
    load_default_rules()
    who = patient()
    bindings.claim_of_file(who)
    Device.objects.create(name="一楼自助机", secret="s")
    block = close_by_staff(patient=who, reason="多次预约未就诊", ends_at=None)
    return Appeal.objects.create(block=block, account=who.account, text="当天急诊住院")
