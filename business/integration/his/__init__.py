"""The hospital information system: what the portal asks of it (port) and how (adapter)."""

from business.integration.his.factory import client
from business.integration.his.port import (
    CampusFact,
    ConfirmResult,
    DepartmentFact,
    DoctorFact,
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
    "ConfirmResult",
    "DepartmentFact",
    "DoctorFact",
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
