"""Ready-made sections: several blocks with good text that staff put on a page at once and then change.

A section is code, so that it never goes stale: a test holds each to the blocks of the registry.
"""

from blocks.sections import hospital, service, visit
from blocks.sections.base import Section

__all__ = ["SECTIONS", "Section", "find", "offered"]

# In the order of the picker.
SECTIONS: tuple[Section, ...] = (*service.SECTIONS, *visit.SECTIONS, *hospital.SECTIONS)


def offered() -> list[Section]:
    """Return the sections whose blocks all exist."""
    return [section for section in SECTIONS if section.is_whole]


def find(code: str) -> Section | None:
    """Return an offered section by its code."""
    return next((section for section in offered() if section.code == code), None)
