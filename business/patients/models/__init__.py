"""Accounts, patients, their cards and codes, and what the hospital decided about them."""

from business.patients.models.accounts import Account, AccountSession, Identity
from business.patients.models.people import Guardian, Patient
from business.patients.models.phones import CodeMessage, PhoneProof
from business.patients.models.rules import PatientRule

__all__ = [
    "Account",
    "AccountSession",
    "CodeMessage",
    "Guardian",
    "Identity",
    "Patient",
    "PatientRule",
    "PhoneProof",
]
