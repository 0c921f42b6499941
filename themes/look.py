"""Care mode and dark mode as a visitor chose them: one cookie without personal data, read by page and script alike."""

from dataclasses import dataclass, replace
from typing import Final, Self

COOKIE: Final = "ph_look"
COOKIE_AGE_SECONDS: Final = 365 * 24 * 3600


@dataclass(frozen=True)
class Look:
    """What the page shell needs: ``shell.care`` and ``shell.mode`` ("", "light" or "dark")."""

    care: bool = False
    mode: str = ""

    @classmethod
    def from_cookie(cls, text: str) -> Self:
        """Read words joined by dots; unknown words are ignored, so a forged cookie changes nothing else."""
        words = text.split(".")
        return cls(care="care" in words, mode="dark" if "dark" in words else "light" if "light" in words else "")

    def changed(self, *, care: str | None, mode: str | None) -> Self:
        """Apply the parameters of a look link (``care=1|0``, ``mode=dark|light|auto``); None leaves a part as it is."""
        result = self
        if care in {"0", "1"}:
            result = replace(result, care=care == "1")
        if mode in {"dark", "light", "auto"}:
            result = replace(result, mode="" if mode == "auto" else mode)
        return result

    def as_cookie(self) -> str:
        """Write the cookie's value: ``care``, ``care.dark``, ``light`` …"""
        return ".".join(word for word in ("care" if self.care else "", self.mode) if word)
