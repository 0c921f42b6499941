"""What can be wrong about accounts and patients, in sentences for patients."""

from business.security.errors import NotFoundError, PortalError

__all__ = [
    "AccountDisabled",
    "AppealRefused",
    "CardHeld",
    "CardRefused",
    "CodeNotSent",
    "FileRefused",
    "NotFoundError",
    "PatientBlocked",
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


class CardRefused(PortalError):
    """HIS says this card cannot be used."""

    code = "card_refused"


class CardHeld(PortalError):
    """Another account holds the card; ``can_take_over`` tells whether agreeing to that would help."""

    code = "card_held"

    def __init__(self, sentence: str, *, can_take_over: bool) -> None:
        """Keep whether the card could be taken over now."""
        super().__init__(sentence)
        self.can_take_over = can_take_over


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


class PatientBlocked(PortalError):
    """The person may not book now; ``patient_ref`` leads to where that is explained."""

    code = "patient_blocked"

    def __init__(self, sentence: str, *, patient_ref: str) -> None:
        """Keep whose page tells more."""
        super().__init__(sentence)
        self.patient_ref = patient_ref


class AppealRefused(PortalError):
    """There is nothing to appeal against, or an appeal is there already."""

    code = "appeal_refused"
