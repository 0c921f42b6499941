"""What the pages of departments and doctors lend to the blocks: portraits and links, many at once.

``blocks`` knows no page types; ``cms.pages`` plugs in the providers. A provider answers for all ids in a constant
number of queries.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass


@dataclass(frozen=True)
class Profile:
    """The face and the page of a doctor or a department; empty strings where there is none."""

    photo_url: str = ""
    page_url: str = ""


ProfileProvider = Callable[[list[int]], dict[int, Profile]]

NOBODY = Profile()
_providers: dict[str, ProfileProvider] = {}


def set_provider(kind: str, provider: ProfileProvider) -> None:
    """Plug in the provider of a kind: ``doctor`` or ``department`` (called once, by ``cms.pages``)."""
    _providers[kind] = provider


def _profiles(kind: str, ids: Iterable[int]) -> dict[int, Profile]:
    wanted = list(dict.fromkeys(ids))
    found = _providers[kind](wanted) if wanted and kind in _providers else {}
    return {pk: found.get(pk, NOBODY) for pk in wanted}


def profiles_for_doctors(ids: Iterable[int]) -> dict[int, Profile]:
    """Return a profile for every given primary key of ``hospital.Doctor``; an empty one where there is no page."""
    return _profiles("doctor", ids)


def profiles_for_departments(ids: Iterable[int]) -> dict[int, Profile]:
    """Return a profile for every given primary key of ``hospital.Department``."""
    return _profiles("department", ids)
