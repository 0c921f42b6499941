"""Rich text of a whole page expanded in one pass: links cost the same however many texts have them."""

import re
from collections.abc import Iterable
from typing import Final

from django.utils.safestring import SafeString, mark_safe
from wagtail.rich_text import RichText, expand_db_html

# Stands between two texts; cannot come from the editor, which removes comments.
_SEAM: Final = "<!--portal-seam-->"
_HEADING: Final = re.compile(r"<(/?)h([1-6])\b")
_DEEPEST: Final = 6


def expand_together(texts: Iterable[RichText]) -> None:
    """Expand several rich texts at once and keep each one's HTML on it."""
    waiting = [text for text in texts if text.source and not hasattr(text, "portal_html")]
    if not waiting:
        return
    expanded = expand_db_html(_SEAM.join(text.source.replace(_SEAM, "") for text in waiting)).split(_SEAM)
    for text, html in zip(waiting, expanded, strict=True):
        text.portal_html = mark_safe(html)  # noqa: S308  # Wagtail's own expansion of what its editor stored


def html_of(text: RichText | None, top: int = 2) -> SafeString:
    """Return the HTML of a rich text; its highest headings become ``<h{top}>``: a page's outline has no gaps."""
    if not text or not text.source:
        return SafeString("")
    expand_together([text])
    return outline(text.portal_html, top)


def outline(html: str, top: int) -> SafeString:
    """Return the HTML with its headings nested below ``top`` without a gap, whatever levels its author chose."""
    open_levels: list[int] = []
    current = top

    def renumber(match: re.Match[str]) -> str:
        nonlocal current
        if not match[1]:
            level = int(match[2])
            while open_levels and open_levels[-1] >= level:
                open_levels.pop()
            open_levels.append(level)
            current = min(top + len(open_levels) - 1, _DEEPEST)
        return f"<{match[1]}h{current}"

    return mark_safe(_HEADING.sub(renumber, html))  # noqa: S308  # only the numbers of headings change
