"""Fragments beside the islands of registration: search while typing, and the ticket's next code."""

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.template.loader import render_to_string
from django.utils.cache import patch_cache_control
from django.views.decorators.http import require_GET

from blocks.registration.departments import search_results
from blocks.registration.ticket import ticket_context
from business.registration import calendar, queries
from business.registration.errors import NotFound
from business.registration.models import Appointment

SEARCH_SECONDS = 60


@require_GET
def department_search(request: HttpRequest) -> HttpResponse:
    """Return the results for ``?q=`` as a fragment: the same for everybody."""
    html = render_to_string(
        "blocks/registration/department_results.html", search_results(request.GET.get("q", ""), request)
    )
    response = HttpResponse(html)
    patch_cache_control(response, public=True, max_age=SEARCH_SECONDS)
    response["X-Robots-Tag"] = "noindex"
    return response


@require_GET
def calendar_file(request: HttpRequest, ref: str) -> HttpResponse:
    """Return a visit of the account as a calendar entry, also a cancelled one: it takes the entry out again."""
    account = getattr(request, "account", None)
    if not account:
        raise Http404
    try:
        appointment = queries.get_appointment(account, ref)
    except NotFound as error:
        raise Http404 from error
    if appointment.booked_at is None:
        raise Http404
    url = f"{settings.PORTAL_URL}/-/go/registration.result/?appointment={appointment.ref}"
    response = HttpResponse(calendar.visit_file(appointment, url=url), content_type="text/calendar; charset=utf-8")
    response["Content-Disposition"] = 'attachment; filename="visit.ics"'
    patch_cache_control(response, no_store=True, private=True)
    return response


@require_GET
def ticket(request: HttpRequest) -> HttpResponse:
    """Return the newest QR code of a booked appointment of the account."""
    account = getattr(request, "account", None)
    if not account:
        raise Http404
    try:
        appointment = queries.get_appointment(account, request.GET.get("appointment", ""))
    except NotFound as error:
        raise Http404 from error
    if appointment.state != Appointment.State.BOOKED:
        raise Http404
    response = HttpResponse(render_to_string("blocks/registration/ticket.html", ticket_context(appointment)))
    patch_cache_control(response, no_store=True, private=True)
    return response
