"""What accounts do with their patients; every write of this app is one of these functions."""

from business.patients.services.cards import CardInput, bind_card, unbind_card
from business.patients.services.files import ensure_file
from business.patients.services.names import ask_again as ask_name_again
from business.patients.services.people import (
    add_patient,
    edit_patient,
    removal_guard,
    remove_patient,
    set_default,
)
from business.patients.services.phones import CodeSent, send_code
from business.patients.services.standing import appeal, must_be_admitted, note, take_back
from business.patients.services.typed import GuardianInput

__all__ = [
    "CardInput",
    "CodeSent",
    "GuardianInput",
    "add_patient",
    "appeal",
    "ask_name_again",
    "bind_card",
    "edit_patient",
    "ensure_file",
    "must_be_admitted",
    "note",
    "removal_guard",
    "remove_patient",
    "send_code",
    "set_default",
    "take_back",
    "unbind_card",
]
