"""What can be wrong about accounts and patients, in sentences for patients."""

from business.security.errors import NotFoundError, PortalError

__all__ = ["AccountDisabled", "FileRefused", "NotFoundError", "PatientBusy", "SignInFailed", "TooMany"]


class AccountDisabled(PortalError):
    """The account was switched off by staff."""

    code = "account_disabled"


class SignInFailed(PortalError):
    """WeChat did not tell who the visitor is."""

    code = "sign_in_failed"


class TooMany(PortalError):
    """A limit is reached."""

    code = "too_many"


class FileRefused(PortalError):
    """HIS says this person's file cannot be opened or used."""

    code = "file_refused"


class PatientBusy(PortalError):
    """The patient cannot be removed now."""

    code = "patient_busy"
