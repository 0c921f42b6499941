"""The one family of errors whose text is shown to a person."""

from collections.abc import Sequence


class PortalError(Exception):
    """A rule said no: ``code`` is stable and for programs, ``sentence`` is Chinese and for the patient."""

    code = "error"

    def __init__(self, sentence: str, *, code: str | None = None) -> None:
        """Keep the sentence; ``code`` overrides the class's own."""
        super().__init__(sentence)
        self.sentence = sentence
        if code:
            self.code = code


class InvalidInput(PortalError):
    """Something typed is wrong; ``field`` names the form field it belongs to."""

    code = "invalid_input"

    def __init__(self, sentence: str, *, field: str, code: str | None = None) -> None:
        """Keep the field beside the sentence."""
        super().__init__(sentence, code=code)
        self.field = field


class SeveralInvalid(PortalError):
    """Several typed things are wrong at once."""

    code = "invalid_input"

    def __init__(self, errors: Sequence[InvalidInput]) -> None:
        """Keep each error with its field."""
        super().__init__("；".join(e.sentence for e in errors))
        self.errors = list(errors)


class NotFoundError(PortalError):
    """What was asked for does not exist, or belongs to somebody else; the two look the same from outside."""

    code = "not_found"
