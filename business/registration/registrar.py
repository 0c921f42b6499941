"""Who keeps the book of a clinic: HIS for the clinics it made, the portal itself for those made here (decision 0024).

Both answer alike, so that holding, settling and cancelling know one way. The own book answers from our rows alone: it
is never silent, and what it is told twice it answers twice.
"""

from datetime import datetime, timedelta
from typing import Protocol

from django.utils import timezone

from business.integration import his
from business.integration.his.port import ConfirmResult, LockResult, RegistrationFact
from business.integration.outcomes import Refused
from business.registration.models import Appointment, Schedule, Slot

State = Appointment.State
LETTERS = {Schedule.Session.MORNING: "A", Schedule.Session.AFTERNOON: "B", Schedule.Session.EVENING: "C"}


class Registrar(Protocol):
    """What the chain needs of a book; see HisPort for what each may raise."""

    def lock_slot(
        self, *, trade_no: str, slot_code: str, patient_id: str, fee_fen: int, hold_seconds: int
    ) -> LockResult:
        """Keep a number for a while."""
        ...

    def unlock_slot(self, *, trade_no: str) -> None:
        """Give it back."""
        ...

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
        ...

    def cancel_registration(self, *, trade_no: str, reason: str, refund_no: str) -> str:
        """Undo a registration."""
        ...

    def change_registration(self, *, trade_no: str, new_trade_no: str, slot_code: str, fee_fen: int) -> ConfirmResult:
        """Exchange a number for another of the same fee."""
        ...

    def query_registration(self, *, trade_no: str) -> RegistrationFact | None:
        """Tell what the book has."""
        ...


class OwnBook:
    """The book of a clinic made here: our claim on the slot is the lock, our appointment is the registration."""

    def __init__(self, appointment: Appointment) -> None:
        """Keep the row that everything is answered from."""
        self._row = appointment

    def lock_slot(
        self, *, trade_no: str, slot_code: str, patient_id: str, fee_fen: int, hold_seconds: int
    ) -> LockResult:
        """Say yes, the unique claim was taken before anybody asks; say no of a clinic that was stopped meanwhile."""
        self._must_take_place()
        expires_at = timezone.now() + timedelta(seconds=hold_seconds)
        return LockResult(
            lock_id=f"own:{trade_no}", expires_at=expires_at, number=self._row.slot.number, fee_fen=fee_fen
        )

    def _must_take_place(self) -> None:
        slot = Slot.objects.select_related("schedule").get(pk=self._row.slot_id)
        if slot.schedule.is_stopped_at(slot.starts_at):
            raise Refused("SCHEDULE_STOPPED")

    def unlock_slot(self, *, trade_no: str) -> None:
        """Nothing else holds it."""

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
        """Give the registration its numbers."""
        self._must_take_place()
        schedule, number = self._row.slot.schedule, self._row.slot.number
        queue_no = f"{LETTERS[Schedule.Session(schedule.session)]}{number:03}"
        return ConfirmResult(his_order_no="", queue_no=queue_no, number=number, place=schedule.place)

    def cancel_registration(self, *, trade_no: str, reason: str, refund_no: str) -> str:
        """Say yes."""
        return f"own:{trade_no}"

    def change_registration(self, *, trade_no: str, new_trade_no: str, slot_code: str, fee_fen: int) -> ConfirmResult:
        """Give the new number its registration; our own rows end the old one."""
        return self.confirm_registration(
            trade_no=new_trade_no,
            lock_id="",
            paid_fen=fee_fen,
            pay_channel="",
            pay_transaction_id="",
            paid_at=timezone.now(),
        )

    def query_registration(self, *, trade_no: str) -> RegistrationFact | None:
        """Tell what our own row says; what is being confirmed is locked."""
        row = Appointment.objects.get(pk=self._row.pk)
        state = {State.BOOKED: "confirmed", State.CANCELLING: "confirmed", State.CANCELLED: "cancelled"}.get(
            State(row.state), "locked"
        )
        return RegistrationFact(
            state=state,
            lock_id=row.lock_id,
            his_order_no="",
            queue_no=row.queue_no,
            number=row.slot.number,
            place=row.place,
            paid_fen=None,
        )


def is_own(appointment: Appointment) -> bool:
    """Tell whether the clinic was made here."""
    return bool(appointment.slot.schedule.origin == Schedule.Origin.OWN)


def of(appointment: Appointment) -> Registrar:
    """Return the book in which this appointment stands."""
    return OwnBook(appointment) if is_own(appointment) else his.client()
