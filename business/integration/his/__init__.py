"""The hospital information system: what the portal asks of it (port) and how (adapter)."""

from business.integration.his.factory import client
from business.integration.his.port import (
    CampusFact,
    CardFile,
    ConfirmResult,
    DepartmentFact,
    DoctorFact,
    GuardianFact,
    HisPort,
    LockResult,
    PatientFile,
    RegistrationFact,
    ScheduleFact,
    ServiceReceipt,
    SlotFact,
    TradeFact,
    service_name,
)

__all__ = [
    "CampusFact",
    "CardFile",
    "ConfirmResult",
    "DepartmentFact",
    "DoctorFact",
    "GuardianFact",
    "HisPort",
    "LockResult",
    "PatientFile",
    "RegistrationFact",
    "ScheduleFact",
    "ServiceReceipt",
    "SlotFact",
    "TradeFact",
    "client",
    "service_name",
]
