"""What readers' browsers ask for beside the page: counting, the signature of the share card."""

import hashlib
from urllib.parse import urlsplit

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_GET, require_POST

from business.integration import wechat
from business.integration.outcomes import OutsideError
from cms.articles import reads
from cms.articles.models import PastedStyle

LONGEST_URL = 2000


@csrf_exempt  # changes nothing but a number that anybody may raise once in half an hour
@require_POST
@never_cache
def read(request: HttpRequest, article: int) -> HttpResponse:
    """Count a visit and answer with the number of visits; writes nothing to the database."""
    if reads.total(article) is None:
        return JsonResponse({"reads": ""}, status=404)
    reads.count(article, request, request.GET.get("visit", ""))
    return JsonResponse({"reads": reads.shown(reads.total(article) or 0)})


def is_own(url: str, request: HttpRequest) -> bool:
    """Whether an address is one of this portal's pages: WeChat's signature is given for nothing else."""
    if len(url) > LONGEST_URL or any(ord(character) <= ord(" ") or character == "\\" for character in url):
        return False
    try:
        parts, own = urlsplit(url), urlsplit(settings.PORTAL_URL)
    except ValueError:
        return False
    if parts.scheme not in {"http", "https"} or parts.username or parts.password:
        return False
    here = (request.scheme, request.get_host())
    return (parts.scheme, parts.netloc) in {(own.scheme, own.netloc), here}


@require_GET
@never_cache
def share_config(request: HttpRequest) -> HttpResponse:
    """Return what ``wx.config`` needs on one of our own pages (without its fragment)."""
    url = request.GET.get("url", "").partition("#")[0]
    if not is_own(url, request):
        return JsonResponse({"error": "not a page of this portal"}, status=403)
    try:
        return JsonResponse(wechat.client().js_config(url))
    except (OutsideError, ImproperlyConfigured):
        return JsonResponse({"error": "no share card now"}, status=503)


def style_url(css: str) -> str:
    """Return where a style sheet of a pasted text is; kept the first time it is asked for, as pictures in sizes are."""
    digest = hashlib.blake2b(css.encode(), digest_size=16).hexdigest()
    if not PastedStyle.objects.filter(pk=digest).exists():
        PastedStyle.objects.bulk_create([PastedStyle(digest=digest, css=css)], ignore_conflicts=True)
    return reverse("pasted_style", args=[digest])


@require_GET
def style_sheet(request: HttpRequest, digest: str) -> HttpResponse:
    """Return the style sheet of a pasted text; its address holds its hash, so it may be kept for ever."""
    found = get_object_or_404(PastedStyle, pk=digest[:32])
    answer = HttpResponse(found.css, content_type="text/css; charset=utf-8")
    answer["Cache-Control"] = "public, max-age=31536000, immutable"
    return answer
