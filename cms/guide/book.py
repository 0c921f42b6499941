"""The guide as a whole: which pages there are, in which order, and where a word stands in them.

The order is the order of the links on the first page (docs/guide/README.md); its headings are the parts.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache

from django.urls import reverse
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

from cms.guide import markdown
from cms.guide.markdown import FOLDER, START, Text

AROUND = 36  # characters shown on either side of a word that was found
MOST_HITS = 40


@dataclass(frozen=True)
class Part:
    """A heading of the first page and the pages below it."""

    title: str
    pages: Sequence[tuple[str, str]]  # name, title


@dataclass(frozen=True)
class Hit:
    """A part of a page where every word that was looked for stands."""

    page: str
    title: str
    url: str
    excerpt: SafeString


def address_of(name: str) -> str:
    """Return where a page of the guide stands in the desk."""
    return reverse("guide") if name == START else reverse("guide_page", args=[name])


def names() -> list[str]:
    """Return the pages in the order of the first page, which itself comes first."""
    return [START, *(name for part in parts() for name, _title in part.pages)]


def exists(name: str) -> bool:
    """Tell whether the guide has such a page; a name never leads out of the folder."""
    return name in names()


def page(name: str) -> Text:
    """Return a page, rendered anew only after its file was changed."""
    return _rendered(name, (FOLDER / f"{name}.md").stat().st_mtime_ns)


@cache
def _rendered(name: str, changed: int) -> Text:
    return markdown.render((FOLDER / f"{name}.md").read_text(encoding="utf-8"), address_of=address_of)


def parts() -> Sequence[Part]:
    """Return the table of contents."""
    return _parts((FOLDER / f"{START}.md").stat().st_mtime_ns)


@cache
def _parts(changed: int) -> Sequence[Part]:
    found: list[tuple[str, list[tuple[str, str]]]] = []
    for block in re.split(r"(?m)^## ", (FOLDER / f"{START}.md").read_text(encoding="utf-8"))[1:]:
        title, _newline, rest = block.partition("\n")
        pages = [target.removesuffix(".md") for kind, target in markdown.links(rest) if kind == "a"]
        listed = [(name, _title(name)) for name in dict.fromkeys(pages) if (FOLDER / f"{name}.md").exists()]
        if listed:
            found.append((title.strip(), listed))
    return tuple(Part(title, tuple(pages)) for title, pages in found)


def _title(name: str) -> str:
    with (FOLDER / f"{name}.md").open(encoding="utf-8") as file:
        return file.readline().removeprefix("# ").strip()


def search(question: str) -> list[Hit]:
    """Return the parts of pages that hold every word; those with the words in their title first."""
    words = [word.lower() for word in question.split()][:8]
    if not words:
        return []
    ranked: list[tuple[int, int, Hit]] = []
    for place, name in enumerate(names()):
        text = page(name)
        for section in text.sections:
            heading = f"{text.title} {section.title}".lower()
            whole = f"{heading} {section.words.lower()}"
            if not all(word in whole for word in words):
                continue
            rank = 2 - sum(all(word in title.lower() for word in words) for title in {text.title, section.title})
            anchor = f"#{section.anchor}" if section.anchor else ""
            hit = Hit(text.title, section.title, address_of(name) + anchor, _excerpt(section.words, words))
            ranked.append((rank, place, hit))
    return [hit for _rank, _place, hit in sorted(ranked, key=lambda one: one[:2])][:MOST_HITS]


def _excerpt(words: str, wanted: Sequence[str]) -> SafeString:
    first = min((at for word in wanted if (at := words.lower().find(word)) >= 0), default=0)
    begin, end = max(first - AROUND, 0), first + AROUND * 2
    cut = ("…" if begin else "") + words[begin:end] + ("…" if end < len(words) else "")
    pattern = "|".join(re.escape(word) for word in sorted(wanted, key=len, reverse=True))
    # Every second piece is a word that was found; each is escaped by itself, so that no mark falls into an entity.
    pieces = re.split(f"(?i)({pattern})", cut)
    return format_html_join("", "{}", ((_marked(piece) if at % 2 else piece,) for at, piece in enumerate(pieces)))


def _marked(words: str) -> SafeString:
    return format_html("<mark>{}</mark>", words)
