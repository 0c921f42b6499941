"""The blocks of this family, in the order of the picker."""

from blocks.patients.add import PatientAddBlock
from blocks.patients.bind import CardBindBlock
from blocks.patients.code import PatientCodeBlock
from blocks.patients.detail import PatientDetailBlock
from blocks.patients.edit import PatientEditBlock
from blocks.patients.listing import PatientListBlock
from blocks.patients.me import AccountBlock
from blocks.patients.messages import MessageListBlock
from blocks.patients.switcher import PatientSwitcherBlock

__all__ = ["BLOCKS"]

BLOCKS = [
    ("patient_switcher", PatientSwitcherBlock),
    ("patient_list", PatientListBlock),
    ("patient_add", PatientAddBlock),
    ("patient_detail", PatientDetailBlock),
    ("patient_edit", PatientEditBlock),
    ("card_bind", CardBindBlock),
    ("patient_code", PatientCodeBlock),
    ("account", AccountBlock),
    ("messages", MessageListBlock),
]
