"""How a call to the outside ends: an answer is returned, a refusal or an unknown outcome is raised."""


class OutsideError(Exception):
    """Base of all bad endings."""


class Refused(OutsideError):
    """The other side understood and definitely said no; nothing happened there."""

    def __init__(self, code: str, message: str = "") -> None:
        """Keep the other side's stable code and its words."""
        super().__init__(f"{code}: {message}")
        self.code = code
        self.message = message


class Unknown(OutsideError):
    """Nobody can tell whether it happened (time-out, 5xx, an unreadable answer): ask, never guess."""


class NotSent(Unknown):
    """Nothing left us (switched off, no connection): this call did nothing, but an earlier one may have."""
