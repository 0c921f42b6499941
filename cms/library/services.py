"""What staff do with page templates; every deed is written down in its own transaction."""

from collections.abc import Iterable

from django.core.files.base import ContentFile
from django.db import transaction
from django.db.models import Max, Q, QuerySet
from django.http import HttpRequest
from wagtail.models import Page

from blocks.permissions import Rights, placeable
from cms.backoffice.audit import trail
from cms.library import bodies, travel
from cms.library.models import PageTemplate
from cms.library.thumbnails import draw


def templates_for(model: type[Page] | None = None) -> QuerySet[PageTemplate]:
    """Return the templates that a page type may begin with, in their order; without a type all of them."""
    found = PageTemplate.objects.filter(is_removed=False).defer("body", "drawing")
    return found if model is None else found.filter(Q(page_type="") | Q(page_type=model._meta.label_lower))


def templates_of(types: Iterable[str]) -> list[PageTemplate]:
    """Return the templates that make a page of one of these types and of no other."""
    return list(templates_for().filter(page_type__in=list(types)))


def take_from(template: PageTemplate, page: Page) -> None:
    """Make the template's content that of the page (its latest draft), the picture included; nothing is saved."""
    draft = page.get_latest_revision_as_object()
    name = bodies.body_field(type(draft))
    raw = travel.renew_ids(getattr(draft, name).stream_block, bodies.raw_body(draft))
    template.page_type = type(draft)._meta.label_lower
    template.presets = bodies.presets_of(draft)
    template.body = raw  # type: ignore[assignment]  # a StreamField takes raw data
    template.drawing = draw(raw, title=template.page_title or draft.title, presets=template.presets)


@transaction.atomic
def save_from_page(request: HttpRequest, page: Page, *, template: PageTemplate, picture: bytes | None) -> PageTemplate:
    """Save a page as a template: a new one, or a new content for an existing one."""
    is_new = template.pk is None
    if is_new:
        last = PageTemplate.objects.aggregate(Max("sort"))["sort__max"] or 0
        template.sort = last + 10
    take_from(template, page)
    keep_picture(template, picture)
    template.save()
    event = "template.created" if is_new else "template.replaced"
    trail.deed(request, event, template, detail={"name": template.name, "page": page.title})
    return template


@transaction.atomic
def change(request: HttpRequest, template: PageTemplate, *, picture: bytes | None, drop_picture: bool) -> None:
    """Keep a changed name, description, category and picture."""
    if drop_picture:
        template.picture = ""  # type: ignore[assignment]  # Django's way to empty a file field
    keep_picture(template, picture)
    template.save()
    trail.deed(request, "template.changed", template, detail={"name": template.name})


@transaction.atomic
def remove(request: HttpRequest, template: PageTemplate) -> None:
    """Delete a template; one that comes with the product is only put away, so that loading does not bring it back."""
    trail.deed(request, "template.deleted", template, detail={"name": template.name})
    if template.shipped_as:
        PageTemplate.objects.filter(pk=template.pk).update(is_removed=True)
    else:
        template.delete()


@transaction.atomic
def move(request: HttpRequest, template: PageTemplate, *, up: bool) -> None:
    """Change places with the neighbour; at the end of the list nothing happens."""
    order = list(PageTemplate.objects.filter(is_removed=False).defer("body", "drawing"))
    here = next(n for n, one in enumerate(order) if one.pk == template.pk)
    there = here - 1 if up else here + 1
    if not 0 <= there < len(order):
        return
    order[here], order[there] = order[there], order[here]
    for number, one in enumerate(order, 1):
        if one.sort != number * 10:
            PageTemplate.objects.filter(pk=one.pk).update(sort=number * 10)
    trail.deed(request, "template.moved", template, detail={"name": template.name, "up": up})


def keep_picture(template: PageTemplate, picture: bytes | None) -> None:
    """Keep an uploaded picture, already re-encoded."""
    if picture is not None:
        template.picture.save(f"{template.code}.webp", ContentFile(picture), save=False)


def fill(page: Page, template: PageTemplate, rights: Rights) -> tuple[str, ...]:
    """Fill a new page from a template; return a sentence for everything that is not there or not to be added."""
    name = bodies.body_field(type(page))
    arrival = travel.arrive(template.body.stream_block, template.raw_body())
    bodies.apply_presets(page, template.presets)
    raw, refused = placeable(template.body.stream_block, arrival.raw, rights)
    setattr(page, name, raw)
    page.title = page.title or template.page_title
    return (*arrival.sentences, *refused)
