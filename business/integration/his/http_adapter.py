"""Our own HIS interface over HTTP (docs/his-interface.yaml, version 1)."""

import hashlib
import hmac
import secrets
import time as clock
from collections.abc import Callable, Mapping
from datetime import date, datetime, time
from decimal import Decimal
from typing import Any, TypeVar
from urllib.parse import quote

from django.utils.timezone import is_aware, localtime, make_aware

from business.integration.his.port import (
    CampusFact,
    CardFile,
    CheckInResult,
    ConfirmResult,
    DepartmentFact,
    DoctorFact,
    GuardianFact,
    LockResult,
    PatientFile,
    QueueEntry,
    QueueFact,
    RegistrationFact,
    ScheduleFact,
    ServiceReceipt,
    SlotFact,
    TradeFact,
    service_name,
)
from business.integration.http import OutsideClient
from business.integration.outcomes import NotSent, Refused, Unknown

T = TypeVar("T")

BASE = "/his/v1"
HTTP_OK = 200
QUEUE_SECONDS = 3.0  # an old position helps nobody: better asked anew a little later
FAULT_CODES = frozenset({"SYSTEM_ERROR", "SYSTEM_BUSY", "TIMEOUT"})  # not decisions, whatever the HTTP status
# Codes of CV02.01.101 身份证件类别代码 (WS/T 364.3); those from 80 on are the interface's own.
ID_TYPES = {
    "resident_id": "01",
    "passport": "03",
    "hk_macao_permit": "06",
    "taiwan_permit": "07",
    "birth_certificate": "11",
    "residence_permit": "80",
    "foreign_permanent": "81",
    "e_health_card": "82",
    "e_insurance": "83",
}


class HttpHis:
    """Speaks the interface; see ``HisPort`` for what each method means."""

    def __init__(self, outside: OutsideClient, *, app_id: str, secret: str) -> None:
        """Keep the connection and the credentials."""
        self._outside = outside
        self._app_id = app_id
        self._secret = secret.encode()

    def _sign(self, method: str, target: str, body: bytes) -> Mapping[str, str]:
        timestamp, nonce = str(int(clock.time())), secrets.token_hex(16)
        text = f"{method}\n{target}\n{timestamp}\n{nonce}\n".encode() + body
        return {
            "X-App-Id": self._app_id,
            "X-Timestamp": timestamp,
            "X-Nonce": nonce,
            "X-Signature": hmac.new(self._secret, text, hashlib.sha256).hexdigest(),
        }

    def _ask(
        self,
        operation: str,
        path: str,
        read: Callable[[Any], T],
        *,
        params: Mapping[str, Any] | None = None,
        body: Mapping[str, Any] | None = None,
        trade_no: str = "",
        deadline: float | None = None,
    ) -> T:
        method = "GET" if body is None else "POST"
        with self._outside.call(operation, trade_no=trade_no) as call:
            response = call.request(method, BASE + path, params=params, json=body, sign=self._sign, deadline=deadline)
            answer = response.json()
            call.code = str(answer["code"])
            if response.status != HTTP_OK:
                # Turned away at the door (signature, clock, a malformed request): a fault of the connection that
                # says nothing of the business. A refusal here would make a wrong clock refund every patient.
                raise NotSent(f"his.{operation}: HTTP {response.status} {call.code}")
            if call.code in FAULT_CODES:
                raise Unknown(f"his.{operation}: {call.code}")
            if call.code != "OK":
                raise Refused(call.code, str(answer.get("message", "")))
            return read(answer["data"])

    def campuses(self) -> list[CampusFact]:
        """Return every campus in display order."""
        return self._ask("campuses", "/campuses", lambda rows: [_campus(row) for row in rows])

    def departments(self) -> list[DepartmentFact]:
        """Return every department of both levels in display order."""
        return self._ask("departments", "/departments", lambda rows: [_department(row) for row in rows])

    def doctors(self) -> list[DoctorFact]:
        """Return every doctor in display order."""
        return self._ask("doctors", "/doctors", lambda rows: [_doctor(row) for row in rows])

    def schedules(
        self, start: date, end: date, department_code: str | None = None, updated_since: datetime | None = None
    ) -> list[ScheduleFact]:
        """Return the clinics from ``start`` to ``end``, both included; only those changed since a moment."""
        params = {
            "from": start.isoformat(),
            "to": end.isoformat(),
            "department_code": department_code,
            "updated_since": localtime(updated_since).isoformat() if updated_since else None,
        }
        return self._ask("schedules", "/schedules", lambda rows: [_schedule(row) for row in rows], params=params)

    def slots(self, start: date, end: date, schedule_code: str | None = None) -> list[SlotFact]:
        """Return the numbers from ``start`` to ``end``, or those of one schedule."""
        params = {"from": start.isoformat(), "to": end.isoformat(), "schedule_code": schedule_code}
        return self._ask("slots", "/slots", lambda rows: [_slot(row) for row in rows], params=params)

    def lock_slot(
        self, *, trade_no: str, slot_code: str, patient_id: str, fee_fen: int, hold_seconds: int
    ) -> LockResult:
        """Take a number for a while."""
        body = {
            "trade_no": trade_no,
            "slot_code": slot_code,
            "patient_id": patient_id,
            "fee_fen": fee_fen,
            "hold_seconds": hold_seconds,
        }
        return self._ask("lock_slot", "/registrations/lock", _lock, body=body, trade_no=trade_no)

    def unlock_slot(self, *, trade_no: str) -> None:
        """Give a number back; nothing to give back is fine."""
        try:
            self._ask(
                "unlock_slot", "/registrations/unlock", lambda _: None, body={"trade_no": trade_no}, trade_no=trade_no
            )
        except Refused as refusal:
            if refusal.code != "NOT_FOUND":
                raise

    def confirm_registration(
        self,
        *,
        trade_no: str,
        lock_id: str,
        paid_fen: int,
        pay_channel: str,
        pay_transaction_id: str,
        paid_at: datetime,
    ) -> ConfirmResult:
        """Turn a lock into a registration."""
        body = {
            "trade_no": trade_no,
            "lock_id": lock_id,
            "paid_fen": paid_fen,
            "pay_channel": pay_channel,
            "pay_transaction_id": pay_transaction_id,
            "paid_at": localtime(paid_at).isoformat(timespec="seconds"),
        }
        return self._ask("confirm_registration", "/registrations/confirm", _confirmed, body=body, trade_no=trade_no)

    def cancel_registration(self, *, trade_no: str, reason: str, refund_no: str) -> str:
        """Cancel and return HIS's cancel number."""
        body = {"trade_no": trade_no, "reason": reason, "refund_no": refund_no}
        return self._ask(
            "cancel_registration",
            "/registrations/cancel",
            lambda data: _text(data, "his_cancel_no"),
            body=body,
            trade_no=trade_no,
        )

    def change_registration(self, *, trade_no: str, new_trade_no: str, slot_code: str, fee_fen: int) -> ConfirmResult:
        """Exchange a registration's number for another of the same fee."""
        body = {"trade_no": trade_no, "new_trade_no": new_trade_no, "slot_code": slot_code, "fee_fen": fee_fen}
        return self._ask("change_registration", "/registrations/change", _confirmed, body=body, trade_no=new_trade_no)

    def query_registration(self, *, trade_no: str) -> RegistrationFact | None:
        """Return what HIS has under our number, None when it has nothing."""
        path = f"/registrations/{quote(trade_no, safe='')}"
        try:
            return self._ask("query_registration", path, _registration, trade_no=trade_no)
        except Refused as refusal:
            if refusal.code == "NOT_FOUND":
                return None
            raise

    def check_in(self, *, trade_no: str, request_no: str, point: str) -> CheckInResult:
        """Put a registration into its queue."""
        body = {"request_no": request_no, "point": point}
        path = f"/registrations/{quote(trade_no, safe='')}/check-in"
        return self._ask("check_in", path, _checked_in, body=body, trade_no=trade_no)

    def queue(self, *, schedule_code: str) -> QueueFact:
        """Return the queue of a clinic."""
        path = f"/queues/{quote(schedule_code, safe='')}"
        return self._ask("queue", path, _queue, deadline=QUEUE_SECONDS)

    def find_patient(self, *, id_type: str, id_number: str, name: str) -> PatientFile | None:
        """Return the file of this person, None when there is none."""
        body = {"id_type": ID_TYPES[id_type], "id_number": id_number, "name": name}
        try:
            return self._ask("find_patient", "/patients/find", _file, body=body)
        except Refused as refusal:
            if refusal.code == "NOT_FOUND":
                return None
            raise

    def create_patient(
        self,
        *,
        request_no: str,
        id_type: str,
        id_number: str,
        name: str,
        phone: str,
        gender: str,
        birth_date: date,
        guardian: GuardianFact | None = None,
    ) -> PatientFile:
        """Open a file, or return the one this person has."""
        body: dict[str, Any] = {
            "request_no": request_no,
            "id_type": ID_TYPES[id_type],
            "id_number": id_number,
            "name": name,
            "phone": phone,
            "gender": gender,
            "birth_date": birth_date.isoformat(),
        }
        if guardian is not None:
            body["guardian"] = {
                "relation": guardian.relation,
                "name": guardian.name,
                "id_type": ID_TYPES[guardian.id_type],
                "id_number": guardian.id_number,
                "phone": guardian.phone,
            }
        return self._ask("create_patient", "/patients", _file, body=body, trade_no=request_no)

    def find_card(self, *, card_no: str, name: str, phone: str) -> CardFile:
        """Return whose card it is."""
        return self._ask("find_card", "/cards/find", _card, body={"card_no": card_no, "name": name, "phone": phone})

    def trades(self, day: date) -> list[TradeFact]:
        """Return what HIS booked on a day."""
        return self._ask(
            "trades", "/trades", lambda rows: [_trade(row) for row in rows], params={"date": day.isoformat()}
        )

    def service(self, name: str, params: Mapping[str, str], *, deadline_seconds: float) -> Any:
        """Return what an extension service answers, as it is."""
        path = f"/services/{service_name(name)}"
        return self._ask(f"service.{name}", path, lambda data: data, params=params, deadline=deadline_seconds)

    def submit_service(
        self, name: str, values: Mapping[str, str], *, request_no: str, deadline_seconds: float
    ) -> ServiceReceipt:
        """Hand a form to an extension service; repeated with the same number it is the same form."""
        return self._ask(
            f"service.{name}",
            f"/services/{service_name(name)}",
            lambda data: ServiceReceipt(_text(data, "receipt_no")),
            body={"request_no": request_no, "values": dict(values)},
            trade_no=request_no,
            deadline=deadline_seconds,
        )


# Reading: what is not as the interface says raises TypeError, ValueError or KeyError: the outcome is unknown.
def _text(row: Mapping[str, Any], key: str, *, empty: bool = False) -> str:
    value = row.get(key) if empty else row[key]
    if value is None and empty:
        return ""
    if not isinstance(value, str) or not (value or empty):
        raise TypeError(key)
    return value


def _whole(row: Mapping[str, Any], key: str) -> int:
    value = row[key]
    if not isinstance(value, int) or isinstance(value, bool):
        raise TypeError(key)
    return value


def _choice(row: Mapping[str, Any], key: str, *choices: str) -> str:
    value = _text(row, key)
    if value not in choices:
        raise ValueError(key)
    return value


def _moment(row: Mapping[str, Any], key: str) -> datetime:
    value = datetime.fromisoformat(_text(row, key))
    return value if is_aware(value) else make_aware(value)


def _degrees(row: Mapping[str, Any], key: str) -> Decimal | None:
    value = row.get(key)
    return None if value is None else Decimal(str(value)).quantize(Decimal("0.000001"))


def _campus(row: Mapping[str, Any]) -> CampusFact:
    return CampusFact(
        code=_text(row, "code"),
        name=_text(row, "name"),
        address=_text(row, "address", empty=True),
        phone=_text(row, "phone", empty=True),
        longitude=_degrees(row, "longitude"),
        latitude=_degrees(row, "latitude"),
    )


def _department(row: Mapping[str, Any]) -> DepartmentFact:
    return DepartmentFact(
        code=_text(row, "code"),
        parent_code=_text(row, "parent_code", empty=True),
        name=_text(row, "name"),
        campus_code=_text(row, "campus_code", empty=True),
        location=_text(row, "location", empty=True),
        summary=_text(row, "summary", empty=True),
        sort=_whole(row, "sort"),
        active=row.get("active", True) is True,
    )


def _doctor(row: Mapping[str, Any]) -> DoctorFact:
    codes = row["department_codes"]
    if not isinstance(codes, list) or not all(isinstance(code, str) for code in codes):
        raise TypeError("department_codes")
    return DoctorFact(
        code=_text(row, "code"),
        name=_text(row, "name"),
        gender=_choice(row, "gender", "male", "female"),
        title=_text(row, "title", empty=True),
        department_codes=tuple(codes),
        specialty=_text(row, "specialty", empty=True),
        sort=_whole(row, "sort"),
        active=row.get("active", True) is True,
    )


def _schedule(row: Mapping[str, Any]) -> ScheduleFact:
    return ScheduleFact(
        code=_text(row, "code"),
        campus_code=_text(row, "campus_code"),
        department_code=_text(row, "department_code"),
        doctor_code=_text(row, "doctor_code", empty=True) or None,
        date=date.fromisoformat(_text(row, "date")),
        session=_choice(row, "session", "morning", "afternoon", "evening"),
        clinic_name=_text(row, "clinic_name"),
        place=_text(row, "place", empty=True),
        fee_fen=_whole(row, "fee_fen"),
        total=_whole(row, "total"),
        remaining=_whole(row, "remaining"),
        state=_choice(row, "state", "open", "stopped"),
        updated_at=_moment(row, "updated_at"),
    )


def _slot(row: Mapping[str, Any]) -> SlotFact:
    return SlotFact(
        code=_text(row, "code"),
        schedule_code=_text(row, "schedule_code"),
        number=_whole(row, "number"),
        start=time.fromisoformat(_text(row, "start")),
        end=time.fromisoformat(_text(row, "end")),
        state=_choice(row, "state", "free", "locked", "taken", "closed"),
    )


def _lock(data: Mapping[str, Any]) -> LockResult:
    return LockResult(
        lock_id=_text(data, "lock_id"),
        expires_at=_moment(data, "expires_at"),
        number=_whole(data, "number"),
        fee_fen=_whole(data, "fee_fen"),
    )


def _confirmed(data: Mapping[str, Any]) -> ConfirmResult:
    return ConfirmResult(
        his_order_no=_text(data, "his_order_no"),
        queue_no=_text(data, "queue_no", empty=True),
        number=_whole(data, "number"),
        place=_text(data, "place", empty=True),
    )


def _registration(data: Mapping[str, Any]) -> RegistrationFact:
    return RegistrationFact(
        state=_choice(data, "state", "locked", "expired", "unlocked", "confirmed", "cancelled"),
        lock_id=_text(data, "lock_id", empty=True),
        his_order_no=_text(data, "his_order_no", empty=True),
        queue_no=_text(data, "queue_no", empty=True),
        number=None if data.get("number") is None else _whole(data, "number"),
        place=_text(data, "place", empty=True),
        paid_fen=None if data.get("paid_fen") is None else _whole(data, "paid_fen"),
        checked_in=data.get("checked_in") is True,
    )


def _checked_in(data: Mapping[str, Any]) -> CheckInResult:
    return CheckInResult(
        queue_no=_text(data, "queue_no"), room=_text(data, "room", empty=True), at=_moment(data, "checked_in_at")
    )


def _queue(data: Mapping[str, Any]) -> QueueFact:
    rows = data["entries"]
    if not isinstance(rows, list):
        raise TypeError("entries")
    entries = (
        QueueEntry(
            trade_no=_text(row, "trade_no", empty=True),
            queue_no=_text(row, "queue_no"),
            state=_choice(row, "state", "waiting", "called", "passed", "done"),
        )
        for row in rows
    )
    return QueueFact(
        state=_choice(data, "state", "waiting", "open", "paused", "over"),
        room=_text(data, "room", empty=True),
        entries=tuple(entries),
    )


def _file(data: Mapping[str, Any]) -> PatientFile:
    return PatientFile(patient_id=_text(data, "patient_id"), card_no=_text(data, "card_no", empty=True))


def _card(data: Mapping[str, Any]) -> CardFile:
    kinds = {code: kind for kind, code in ID_TYPES.items()}
    return CardFile(
        patient_id=_text(data, "patient_id"),
        card_no=_text(data, "card_no"),
        id_type=kinds.get(_text(data, "id_type"), ""),
        id_number=_text(data, "id_number"),
        gender=_choice(data, "gender", "male", "female"),
        birth_date=date.fromisoformat(_text(data, "birth_date")),
    )


def _trade(row: Mapping[str, Any]) -> TradeFact:
    direction = _choice(row, "direction", "pay", "refund")
    return TradeFact(
        trade_no=_text(row, "trade_no"),
        kind=_text(row, "kind"),
        direction=direction,
        amount_fen=_whole(row, "amount_fen"),
        pay_channel=_text(row, "pay_channel", empty=True),
        reference=_text(row, "pay_transaction_id" if direction == "pay" else "refund_no", empty=True),
        his_order_no=_text(row, "his_order_no", empty=True),
        at=_moment(row, "at"),
    )
