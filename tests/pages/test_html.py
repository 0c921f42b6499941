"""The demonstration's pages are valid HTML: a parser of the standard finds no error, and no reference is left open."""

from collections import Counter
from collections.abc import Iterator
from typing import Any

import html5lib
import pytest
from django.template.loader import render_to_string
from django.test import Client
from wagtail.models import Page

from fixtures.demo import pages
from fixtures.demo.showcase import make_showcase
from tests.factories import CampusFactory
from themes import samples

REFERENCES = ("for", "aria-labelledby", "aria-describedby", "aria-controls", "aria-owns", "list", "form")


def mistakes(html: str) -> list[str]:
    """Return what is wrong with a whole document."""
    parser = html5lib.HTMLParser(tree=html5lib.getTreeBuilder("etree"), namespaceHTMLElements=False)
    tree = parser.parse(html)
    lines = html.split("\n")
    found = [f"{code} {facts}: {lines[row - 1].strip()[:160]}" for (row, _column), code, facts in parser.errors]
    return [*found, *_references(tree)]


def _references(tree: Any) -> Iterator[str]:
    elements = [element for element in tree.iter() if isinstance(element.tag, str)]
    ids = Counter(element.get("id") for element in elements if element.get("id") is not None)
    yield from (f"id {name!r} stands {count} times" for name, count in ids.items() if count > 1 or not name.strip())
    for element in elements:
        for name in REFERENCES:
            missing = set(element.get(name, "").split()) - set(ids)
            if missing:
                yield f"<{element.tag} {name}> names {missing}, which is not there"
        # The standard knows no such attributes; htmx understands data-hx-… too.
        if strange := [name for name in element.attrib if str(name).startswith("hx-")]:
            yield f"<{element.tag}> has {strange}"


@pytest.mark.django_db
def test_every_demonstration_page_is_valid_html(client: Client) -> None:
    # Given the demonstration's pages and one with every content block
    CampusFactory(address="解放大道 1088 号")
    home = pages.make_pages()
    make_showcase(home)
    # When each is asked for as a shell and whole
    wrong: dict[str, list[str]] = {}
    seen = 0
    for page in Page.objects.live().descendant_of(home, inclusive=True):
        for address in (page.url, f"{page.url}?whole=1"):
            response = client.get(address)
            assert response.status_code == 200, address
            seen += 1
            if found := mistakes(response.content.decode()):
                wrong[address] = found
    # Then none has a mistake
    assert wrong == {}
    assert seen > 20


@pytest.mark.parametrize("name", ["", *sorted(samples.PAGES)])
def test_every_sample_of_the_kit_is_valid_html(name: str) -> None:
    template = f"themes/samples/{name}.html" if name else "themes/styleguide.html"
    assert mistakes(render_to_string(template, samples.context(name))) == []


def test_a_mistake_is_found() -> None:
    start = '<!doctype html><html lang="zh"><head><title>x</title></head><body>'
    assert mistakes(f"{start}<p>ok</p></body></html>") == []
    assert mistakes(f"{start}<p><div></div></p></body></html>")
    assert mistakes(f'{start}<p id="a"></p><p id="a"></p></body></html>')
    assert mistakes(f'{start}<label for="b">x</label></body></html>')
    assert mistakes(f'{start}<a href="/" hx-get="/">x</a></body></html>')
