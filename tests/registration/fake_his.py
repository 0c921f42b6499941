"""An in-memory HIS with the port's behaviour and switchable faults, for rules that need no HTTP."""

import threading
from collections import defaultdict
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from django.utils import timezone

from business.integration.his.port import (
    CheckInResult,
    ConfirmResult,
    LockResult,
    PatientFile,
    QueueEntry,
    QueueFact,
    RegistrationFact,
)
from business.integration.outcomes import Refused, Unknown


@dataclass
class FakeHis:
    """Registrations by trade number; ``faults[operation]`` is a list of what the next calls do.

    A fault is an exception (nothing happens) or the pair ("lost", exception): HIS does it and the answer is lost.
    """

    registrations: dict[str, dict] = field(default_factory=dict)
    faults: dict[str, list] = field(default_factory=lambda: defaultdict(list))
    calls: list[tuple[str, str]] = field(default_factory=list)
    line: list[list[str]] = field(default_factory=list)
    queue_state: str = "open"
    taken: set[str] = field(default_factory=set)
    guard: threading.Lock = field(default_factory=threading.Lock)

    def _begin(self, operation: str, trade_no: str) -> Exception | None:
        self.calls.append((operation, trade_no))
        if not self.faults[operation]:
            return None
        fault = self.faults[operation].pop(0)
        if isinstance(fault, tuple):
            return fault[1]
        raise fault

    def lock_slot(self, *, trade_no, slot_code, patient_id, fee_fen, hold_seconds) -> LockResult:
        with self.guard:
            lost = self._begin("lock", trade_no)
            if trade_no not in self.registrations:
                holders = [
                    r
                    for r in self.registrations.values()
                    if r["slot"] == slot_code and r["state"] in {"locked", "confirmed"}
                ]
                if holders or slot_code in self.taken:
                    raise Refused("SLOT_TAKEN", "slot taken")
                self.registrations[trade_no] = {"slot": slot_code, "state": "locked", "lock_id": f"L{trade_no}"}
            if lost:
                raise lost
            row = self.registrations[trade_no]
            expires = timezone.now() + timedelta(seconds=hold_seconds)
            return LockResult(lock_id=row["lock_id"], expires_at=expires, number=1, fee_fen=fee_fen)

    def unlock_slot(self, *, trade_no) -> None:
        with self.guard:
            lost = self._begin("unlock", trade_no)
            if trade_no not in self.registrations:
                # Remembered, so that what is still on its way is refused (docs/his-interface.yaml).
                self.registrations[trade_no] = {"slot": "", "state": "unlocked", "lock_id": ""}
            if self.registrations[trade_no]["state"] == "confirmed":
                raise Refused("ALREADY_CONFIRMED")
            self.registrations[trade_no]["state"] = "unlocked"
            if lost:
                raise lost

    def confirm_registration(
        self, *, trade_no, lock_id, paid_fen, pay_channel, pay_transaction_id, paid_at: datetime
    ) -> ConfirmResult:
        with self.guard:
            lost = self._begin("confirm", trade_no)
            row = self.registrations.get(trade_no)
            if row is None:
                raise Refused("NOT_FOUND")
            if row["state"] not in {"locked", "confirmed"}:
                raise Refused("LOCK_EXPIRED")
            row["state"] = "confirmed"
            row["paid_fen"] = paid_fen
            if lost:
                raise lost
            return ConfirmResult(his_order_no=f"H{trade_no}", queue_no="7", number=1, place="门诊楼 3 层 305 诊室")

    def cancel_registration(self, *, trade_no, reason, refund_no) -> str:
        with self.guard:
            lost = self._begin("cancel", trade_no)
            row = self.registrations.get(trade_no)
            if row is None:
                raise Refused("NOT_FOUND")
            row["state"] = "cancelled"
            if lost:
                raise lost
            return f"C{trade_no}"

    def change_registration(self, *, trade_no, new_trade_no, slot_code, fee_fen) -> ConfirmResult:
        with self.guard:
            lost = self._begin("change", new_trade_no)
            if new_trade_no not in self.registrations:
                old = self.registrations.get(trade_no)
                if old is None or old["state"] != "confirmed":
                    raise Refused("NOT_FOUND")
                live = {"locked", "confirmed"}
                if slot_code in self.taken or any(
                    r["slot"] == slot_code and r["state"] in live for r in self.registrations.values()
                ):
                    raise Refused("SLOT_TAKEN")
                old["state"] = "cancelled"
                self.registrations[new_trade_no] = {
                    "slot": slot_code,
                    "state": "confirmed",
                    "lock_id": "X",
                    "paid_fen": old.get("paid_fen", 0),
                }
            if self.registrations[new_trade_no]["state"] != "confirmed":
                raise Refused("TRADE_CLOSED")
            if lost:
                raise lost
            return ConfirmResult(his_order_no=f"H{new_trade_no}", queue_no="8", number=1, place="门诊楼 3 层 306 诊室")

    def query_registration(self, *, trade_no) -> RegistrationFact | None:
        with self.guard:
            self._begin("query", trade_no)
            row = self.registrations.get(trade_no)
            if row is None:
                return None
            return RegistrationFact(
                state=row["state"],
                lock_id=row["lock_id"],
                his_order_no=f"H{trade_no}" if row["state"] == "confirmed" else "",
                queue_no="7",
                number=1,
                place="门诊楼 3 层 305 诊室",
                paid_fen=row.get("paid_fen", 0),
                checked_in=bool(row.get("checked_in")),
            )

    def check_in(self, *, trade_no, request_no, point) -> CheckInResult:
        with self.guard:
            lost = self._begin("check_in", trade_no)
            row = self.registrations.get(trade_no)
            if row is None or row["state"] != "confirmed":
                raise Refused("NOT_CONFIRMED")
            if row.get("request_no") != request_no:
                row["request_no"], row["checked_in"] = request_no, row.get("checked_in", 0) + 1
                self.line.append([trade_no, row.get("queue_no", "A001"), "waiting"])
            if lost:
                raise lost
            return CheckInResult(queue_no=row.get("queue_no", "A001"), room="305 诊室", at=timezone.now())

    def queue(self, *, schedule_code) -> QueueFact:
        with self.guard:
            self._begin("queue", schedule_code)
            entries = tuple(QueueEntry(trade_no, number, state) for trade_no, number, state in self.line)
            return QueueFact(state=self.queue_state, room="305 诊室", entries=entries)

    def find_patient(self, *, id_type, id_number, name) -> PatientFile | None:
        return PatientFile(patient_id="P1", card_no="C1")


SILENCE = Unknown("no answer in time")


def lost(error: Exception = SILENCE) -> tuple[str, Exception]:
    """HIS does what was asked and its answer is lost (F5)."""
    return ("lost", error)
