"""What accounts do with their patients; every write of this app is one of these functions."""

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
from business.patients.services.typed import GuardianInput

__all__ = [
    "CodeSent",
    "GuardianInput",
    "add_patient",
    "ask_name_again",
    "edit_patient",
    "ensure_file",
    "removal_guard",
    "remove_patient",
    "send_code",
    "set_default",
]
