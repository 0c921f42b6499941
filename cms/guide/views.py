"""The guide inside the desk."""

from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.utils.translation import gettext as _

from cms.guide import book
from cms.guide.markdown import START

LONGEST_QUESTION = 60


def page(request: HttpRequest, name: str = START) -> HttpResponse:
    """Show a page; in the drawer beside a form only its own part."""
    if not book.exists(name):
        raise Http404
    text = book.page(name)
    order = book.names()
    place = order.index(name)
    neighbours = [
        (book.address_of(order[at]), book.page(order[at]).title) if 0 <= at < len(order) else None
        for at in (place - 1, place + 1)
    ]
    context = {"text": text, "previous": neighbours[0], "next": neighbours[1]}
    return _show(request, "page", name, text.title, context)


def search(request: HttpRequest) -> HttpResponse:
    """Show where the words stand."""
    question = request.GET.get("q", "").strip()[:LONGEST_QUESTION]
    return _show(request, "search", "", _("搜索指南"), {"question": question, "hits": book.search(question)})


def whole(request: HttpRequest) -> HttpResponse:
    """Show every page one after the other, for the printer."""
    texts = [book.page(name) for name in book.names() if name != START]
    return _show(request, "whole", "whole", _("打印整本指南"), {"texts": texts})


def _show(request: HttpRequest, template: str, name: str, title: str, context: dict[str, Any]) -> HttpResponse:
    parts = [
        {"title": part.title, "pages": [(book.address_of(one), words, one == name) for one, words in part.pages]}
        for part in book.parts()
    ]
    context |= {"title": title, "parts": parts, "body": f"guide/{template}_body.html"}
    drawer = "drawer" in request.GET
    return TemplateResponse(request, "guide/drawer.html" if drawer else "guide/screen.html", context)
