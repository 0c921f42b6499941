"""Rich text of a whole page expanded in one pass: links cost the same however many texts have them."""

from collections.abc import Iterable
from typing import Final

from django.utils.safestring import SafeString, mark_safe
from wagtail.rich_text import RichText, expand_db_html

# Stands between two texts; cannot come from the editor, which removes comments.
_SEAM: Final = "<!--portal-seam-->"


def expand_together(texts: Iterable[RichText]) -> None:
    """Expand several rich texts at once and keep each one's HTML on it."""
    waiting = [text for text in texts if text.source and not hasattr(text, "portal_html")]
    if not waiting:
        return
    expanded = expand_db_html(_SEAM.join(text.source.replace(_SEAM, "") for text in waiting)).split(_SEAM)
    for text, html in zip(waiting, expanded, strict=True):
        text.portal_html = mark_safe(html)  # noqa: S308  # Wagtail's own expansion of what its editor stored


def html_of(text: RichText | None) -> SafeString:
    """Return the HTML of a rich text."""
    if not text or not text.source:
        return SafeString("")
    expand_together([text])
    return text.portal_html
