"""What the editor's field for pasted articles asks the server: clean this text, bring that picture."""

import base64
import binascii
import re
from typing import Any
from urllib.parse import urlsplit

from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect, JsonResponse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST
from wagtail.images import get_image_model
from wagtail.images.permissions import permission_policy

from blocks.articles import sanitise
from blocks.images import rendition_of
from cms.articles import pictures

MOST_PICTURES = 80
_INLINE = re.compile(r"data:image/(?:png|jpe?g|gif|webp)\s*;\s*base64\s*,([A-Za-z0-9+/=\s%]{16,})")
_PLACE = "https://inline.invalid/{}"


def _may_add(request: HttpRequest) -> None:
    if not permission_policy.user_has_permission(request.user, "add"):
        raise PermissionDenied


def _text_of(request: HttpRequest) -> str:
    """Return what was pasted; sent as a file, because it may be larger than a form field."""
    upload = request.FILES.get("html")
    if upload is None or (upload.size or 0) > sanitise.MOST_RAW_BYTES:
        raise sanitise.TooLarge(_("粘贴的内容太大了（超过 12 MB），请分成几段粘贴。"))
    return upload.read().decode("utf-8", errors="replace").replace("\0", "")


@require_POST
def paste(request: HttpRequest) -> HttpResponse:
    """Return the clean text, sentences about what did not come along, and the pictures that are still to be fetched."""
    _may_add(request)
    request.deed_written = True  # type: ignore[attr-defined]  # changes nothing but pictures, which are logged
    problems: list[str] = []
    try:
        raw, inline = _lift_inline(_text_of(request))
        clean = sanitise.sanitise(raw)
    except sanitise.TooLarge as error:
        return JsonResponse({"error": str(error)}, status=413)
    if len(inline) > MOST_PICTURES:
        problems.append(_too_many(len(inline)))
    for number, content in enumerate(inline[:MOST_PICTURES]):
        mark = f'data-ph-source="{_PLACE.format(number)}"'
        if mark not in clean:
            continue
        try:
            clean = clean.replace(mark, f'data-ph-image="{pictures.keep(content, request.user).pk}"')
        except pictures.PictureRefused as refusal:
            problems.append(str(refusal))
            clean = clean.replace(mark, "")
    sources = list(dict.fromkeys(source.replace("&amp;", "&") for source in sanitise.SOURCES.findall(clean)))
    if len(sources) > MOST_PICTURES:
        problems.append(_too_many(len(sources)))
    if names := sanitise.left_out(raw):
        problems.append(_("为了安全没有带过来：%(names)s。文字和图片不受影响。") % {"names": "、".join(names)})
    return JsonResponse({"html": clean, "sources": sources[:MOST_PICTURES], "problems": problems})


def _too_many(number: int) -> str:
    sentence: str = _("图片太多：一次最多搬 %(most)d 张，后面 %(rest)d 张请另外上传。")
    return sentence % {"most": MOST_PICTURES, "rest": number - MOST_PICTURES}


def _lift_inline(raw: str) -> tuple[str, list[bytes]]:
    """Take pictures that stand inside the text as data out of it, leaving a mark for each."""
    found: list[bytes] = []

    def mark(match: re.Match[str]) -> str:
        try:
            found.append(base64.b64decode(re.sub(r"\s|%0A|%0D", "", match[1]), validate=True))
        except (binascii.Error, ValueError):
            return ""
        return _PLACE.format(len(found) - 1)

    return _INLINE.sub(mark, raw), found


def _host_of(address: str) -> str:
    try:
        return urlsplit(address).hostname or ""
    except ValueError:
        return ""


@require_POST
def paste_picture(request: HttpRequest) -> HttpResponse:
    """Fetch one picture by its address, or take the one sent along; answer with its number or a sentence."""
    _may_add(request)
    upload = request.FILES.get("file")
    source = request.POST.get("source", "")[: sanitise.LONGEST_ADDRESS]
    try:
        if upload is not None:
            if (upload.size or 0) > sanitise.MOST_RAW_BYTES:
                raise pictures.PictureRefused(_("图片超过 12 MB，请先压缩。"))
            image: Any = pictures.keep(upload.read(), request.user)
        else:
            image = pictures.fetch(source, request.user)
    except pictures.PictureRefused as refusal:
        return JsonResponse({"problem": str(refusal), "where": _host_of(source)}, status=422)
    return JsonResponse({"image": image.pk})


@require_GET
def picture(request: HttpRequest, image: int) -> HttpResponse:
    """Lead to the picture of a number, for the field in the editor: one this person may choose, as in any field."""
    _may_add(request)
    theirs = permission_policy.instances_user_has_any_permission_for(request.user, ["choose", "change", "add"])
    # What was pasted lies in a collection of its own, which everybody who writes articles shares.
    pasted = get_image_model().objects.filter(collection__name=pictures.COLLECTION)
    found = theirs.filter(pk=image).first() or pasted.filter(pk=image).first()
    rendition = rendition_of(found, "figure")
    if rendition is None:
        raise Http404
    return HttpResponseRedirect(rendition.url)
