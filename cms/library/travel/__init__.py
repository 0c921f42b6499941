"""What blocks refer to, found through block definitions: listed, rewritten and checked before they move elsewhere.

Works on block values as pages store them, so it needs no database row to exist: pasting, page templates and portal
bundles all go through here. A block says by itself what it refers to when it is a chooser or rich text; any other
block that stores keys of something says so with two class attributes: ``refers_to`` (a model's label) and
``refers_by`` (the field the stored value, or each value of a stored list, is found by).
"""

from cms.library.travel.asking import (
    Arrival,
    arrive,
    losses,
    references,
    renew_ids,
    rewrite,
    rewrite_rich_text,
    unknown_blocks,
    without,
    without_unknown,
)
from cms.library.travel.terms import (
    GONE,
    PAGE,
    PRIMARY_KEY,
    Change,
    Loss,
    Reference,
    Unknown,
    kind_label,
    kind_of,
)

__all__ = [
    "GONE",
    "PAGE",
    "PRIMARY_KEY",
    "Arrival",
    "Change",
    "Loss",
    "Reference",
    "Unknown",
    "arrive",
    "kind_label",
    "kind_of",
    "losses",
    "references",
    "renew_ids",
    "rewrite",
    "rewrite_rich_text",
    "unknown_blocks",
    "without",
    "without_unknown",
]
