"""Accounts, patients, their cards and codes, and what the hospital decided about them."""

from business.patients.models.accounts import Account, AccountSession, Identity
from business.patients.models.cards import VisitCard
from business.patients.models.devices import Device, DeviceNonce, Purpose, Scan
from business.patients.models.people import Guardian, Patient
from business.patients.models.phones import CodeMessage, PhoneProof
from business.patients.models.rules import PatientRule
from business.patients.models.standing import Appeal, BlacklistRule, Block, Conduct, ConductEvent

__all__ = [
    "Account",
    "AccountSession",
    "Appeal",
    "BlacklistRule",
    "Block",
    "CodeMessage",
    "Conduct",
    "ConductEvent",
    "Device",
    "DeviceNonce",
    "Guardian",
    "Identity",
    "Patient",
    "PatientRule",
    "PhoneProof",
    "Purpose",
    "Scan",
    "VisitCard",
]
