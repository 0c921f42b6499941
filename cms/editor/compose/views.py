"""What the editor's script asks the server: what may be placed, what is copied, whether it can be pasted, sections."""

import json
from functools import cache

from django.core.serializers.json import DjangoJSONEncoder
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.clickjacking import xframe_options_sameorigin
from django.views.decorators.http import require_GET, require_POST

from blocks import sections
from blocks.permissions import EVERYTHING
from blocks.registry import block_classes
from business.hospital.pinyin import initials_of, pinyin_of
from cms.blockrules.usage import most_used
from cms.editor.compose import clipboard
from cms.editor.compose.shared import may_share
from cms.editor.compose.target import Target, target_of

MAX_BYTES = 2 * 1024 * 1024


def _asked(request: HttpRequest) -> Target:
    asked = request.GET
    return target_of(request.user, asked.get("page"), asked.get("parent"))


def _refused(sentence: str, status: int = 422) -> JsonResponse:
    return JsonResponse({"error": sentence}, status=status)


@cache
def _words(text: str) -> str:
    """Return what the picker searches: the words, their pinyin and its initials."""
    return f"{text} {pinyin_of(text)} {initials_of(text)}".lower()


@require_GET
@never_cache
def facts(request: HttpRequest) -> HttpResponse:
    """Tell the picker and the toolbar what this person may do here, and the order of what is offered."""
    target = _asked(request)
    used = most_used()
    blocks = {}
    for name in block_classes():
        block = clipboard.stream_block().child_blocks[name]
        allowed = target.rights.allowed(name)
        blocks[name] = {
            "words": _words(str(block.label)),
            "used": used.get(name, 0),
            **({} if allowed == EVERYTHING else {"may": allowed.names}),
        }
    offered = [
        {
            "code": one.code,
            "title": str(one.title),
            "text": str(one.description),
            "icon": one.icon,
            "words": _words(f"{one.title} {one.description}"),
            "preview": reverse("editor_compose_section_preview", args=[one.code]),
        }
        for one in sections.offered()
        if all(target.rights.allowed(name).add for name in one.types)
    ]
    answer = {"blocks": blocks, "sections": offered, "mayShare": may_share(request.user)}
    return JsonResponse(answer, encoder=DjangoJSONEncoder)


@require_POST
def copy(request: HttpRequest) -> HttpResponse:
    """Turn blocks of the editor's form into plain data for the clipboard."""
    target = _asked(request)
    try:
        chosen = json.loads(request.POST.get("chosen", "[]"))
        if not isinstance(chosen, list) or not all(isinstance(one, dict) for one in chosen):
            raise ValueError
        found = clipboard.taken_up(request.POST, chosen)
    except (ValueError, RecursionError):
        return _refused(_("没有可以复制的组件。"))
    except clipboard.Refused as refusal:
        return _refused(str(refusal))
    title = target.page.title if target.page is not None else ""
    return JsonResponse({"blocks": found, "page": title}, encoder=DjangoJSONEncoder)


def _answer(arrival: clipboard.Arrival) -> JsonResponse:
    return JsonResponse({"blocks": arrival.blocks, "sentences": arrival.sentences}, encoder=DjangoJSONEncoder)


@require_POST
def paste(request: HttpRequest) -> HttpResponse:
    """Check copied blocks against this page; answer what the form needs to show them, and what is to be said before."""
    target = _asked(request)
    if len(request.body) > MAX_BYTES:
        return _refused(_("剪贴板里的内容太大，请分几次复制。"), 413)
    try:
        items = json.loads(request.body)
        arrival = clipboard.arrive(items, target)
    except (ValueError, RecursionError):
        return _refused(_("剪贴板里的内容已损坏，请重新复制。"))
    except clipboard.Refused as refusal:
        return _refused(str(refusal))
    return _answer(arrival)


def _section(code: str) -> sections.Section:
    found = sections.find(code)
    if found is None:
        raise Http404
    return found


@require_GET
@never_cache
def section(request: HttpRequest, code: str) -> HttpResponse:
    """Answer the blocks of a ready-made section for the form; it goes through the same check as pasting."""
    target = _asked(request)
    found = _section(code)
    arrival = clipboard.arrive(found.stored(), target)
    if found.hint:
        arrival.sentences.append(str(found.hint))
    return _answer(arrival)


@require_GET
@xframe_options_sameorigin
def section_preview(request: HttpRequest, code: str) -> HttpResponse:
    """Show a section as patients will see it."""
    target_of(request.user)
    found = _section(code)
    parts = []
    for block, value, as_sample in found.pictured():
        context = block.get_preview_context(value, {"request": request})
        context["is_sample"] = as_sample
        parts.append({"css": value["settings"].css, "html": block.render(value, context)})
    context = {"page_title": found.title, "parts": parts}
    return TemplateResponse(request, "blocks/sections/preview.html", context)
