"""The blocks of this family, in the order of the picker."""

from blocks.registration import pages  # noqa: F401  # tells the checkout where a registration order leads
from blocks.registration.alternatives import AlternativesBlock
from blocks.registration.board import SlotBoardBlock
from blocks.registration.confirm import ConfirmBlock
from blocks.registration.departments import DepartmentPickerBlock
from blocks.registration.doctors import DoctorListBlock
from blocks.registration.mine import MyBookingsBlock
from blocks.registration.my_doctors import MyDoctorsBlock
from blocks.registration.next_visit import NextVisitBlock
from blocks.registration.result import ResultBlock
from blocks.registration.slots import SlotListBlock
from blocks.registration.waiting import WaitingBlock

__all__ = ["BLOCKS"]

BLOCKS = [
    ("department_picker", DepartmentPickerBlock),
    ("doctor_list", DoctorListBlock),
    ("slot_list", SlotListBlock),
    ("booking_confirm", ConfirmBlock),
    ("booking_result", ResultBlock),
    ("my_bookings", MyBookingsBlock),
    ("next_visit", NextVisitBlock),
    ("waiting_list", WaitingBlock),
    ("slot_board", SlotBoardBlock),
    ("my_doctors", MyDoctorsBlock),
    ("clinic_alternatives", AlternativesBlock),
]
