"""What can be wrong about accounts and patients, in sentences for patients."""

from business.security.errors import NotFoundError, PortalError

__all__ = [
    "AccountDisabled",
    "CodeNotSent",
    "FileRefused",
    "NotFoundError",
    "PatientBusy",
    "SignInFailed",
    "TooMany",
    "TooSoon",
]


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


class CodeNotSent(PortalError):
    """The text message gateway refuses the number."""

    code = "code_not_sent"


class TooSoon(PortalError):
    """A code was sent a moment ago."""

    code = "too_soon"

    def __init__(self, sentence: str, *, seconds: int) -> None:
        """Keep how long to wait."""
        super().__init__(sentence)
        self.seconds = seconds
