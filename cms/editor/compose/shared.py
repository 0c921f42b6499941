"""From blocks of a page to shared content, and back: what the editor's script asks the server for."""

import json
from typing import Any

from django.core.exceptions import PermissionDenied, ValidationError
from django.core.serializers.json import DjangoJSONEncoder
from django.db import IntegrityError, transaction
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from blocks.shared import expansion
from cms.backoffice.audit import trail
from cms.editor.compose import clipboard
from cms.editor.compose.target import Target, target_of
from cms.library import travel
from cms.shared.models import SharedBlock
from cms.shared.uses import drafted

RIGHTS = ("shared.add_sharedblock", "shared.publish_sharedblock")


def may_share(user: Any) -> bool:
    """Whether this person may make shared content of blocks: it is published at once, so that no page loses them."""
    return bool(user.has_perms(RIGHTS))


def _target(request: HttpRequest) -> Target:
    return target_of(request.user, request.GET.get("page"), request.GET.get("parent"))


def _taken_up(request: HttpRequest) -> list[dict[str, Any]]:
    try:
        chosen = json.loads(request.POST.get("chosen", "[]"))
        if not isinstance(chosen, list) or not all(isinstance(one, dict) for one in chosen):
            raise ValueError
    except (ValueError, RecursionError) as error:
        raise clipboard.Refused(_("没有可以存的组件。")) from error
    return clipboard.taken_up(request.POST, chosen)


def _refused(sentence: str) -> JsonResponse:
    return JsonResponse({"error": sentence}, status=422)


@require_POST
def share(request: HttpRequest) -> HttpResponse:
    """Make shared content of blocks in the form; answer the place that stands for them on the page from now on."""
    target = _target(request)
    if not may_share(request.user):
        raise PermissionDenied
    try:
        found = _taken_up(request)
        shared = _make(request, str(request.POST.get("name", "")), found, target)
        place = [{"type": expansion.NAME, "value": {expansion.FIELD: shared.pk}}]
        arrival = clipboard.arrive(place, target)
    except clipboard.Refused as refusal:
        return _refused(str(refusal))
    answer = {"blocks": arrival.blocks, "sentences": arrival.sentences, "name": shared.name}
    return JsonResponse(answer, encoder=DjangoJSONEncoder)


def _make(request: HttpRequest, name: str, found: list[dict[str, Any]], target: Target) -> SharedBlock:
    stream = clipboard.stream_block()
    for one in found:
        label = stream.child_blocks[one["type"]].label
        if one["type"] == expansion.NAME:
            raise clipboard.Refused(_("公用内容里不能再放公用内容，请不要选它。"))
        allowed = target.rights.allowed(one["type"])
        if not (allowed.add and allowed.delete):
            raise clipboard.Refused(_("「%(label)s」只能由管理员存为公用内容。") % {"label": label})
    raw = travel.renew_ids(stream, [{**one, "id": "new"} for one in found])
    body = stream.to_python(raw)
    try:
        stream.clean(body)
    except ValidationError as error:
        raise clipboard.Refused(_("选中的组件里还有没填好的地方，请改好以后再存。")) from error
    shared = SharedBlock(name=" ".join(name.split()), body=body, live=False)
    try:
        if not any(character.isalnum() for character in shared.name):
            raise clipboard.Refused(_("请填写名称，要有文字。"))
        shared.full_clean(exclude=["body"])
        with transaction.atomic():
            shared.save()
            shared.save_revision(user=request.user).publish(user=request.user)
            trail.deed(request, "shared.created", shared, detail={"name": shared.name})
    except ValidationError as error:
        raise clipboard.Refused("".join(error.messages)) from error
    except IntegrityError as error:  # a colleague took the name in the same moment
        raise clipboard.Refused(_("已经有一份公用内容叫这个名字，请换一个。")) from error
    return shared


@require_POST
def own_copy(request: HttpRequest) -> HttpResponse:
    """Answer the blocks behind a place for shared content, as the page's own from now on."""
    target = _target(request)
    try:
        found = [one for one in _taken_up(request) if expansion.key_of(one) is not None]
        if not found:
            raise clipboard.Refused(_("还没有选公用内容。"))
        place = {**found[0], "id": "new"}
        copied = expansion.own_copy(place, contents=_newest)
        if not copied:
            raise clipboard.Refused(_("这份公用内容里没有组件。"))
        arrival = clipboard.arrive(json.loads(json.dumps(copied, cls=DjangoJSONEncoder)), target)
    except clipboard.Refused as refusal:
        return _refused(str(refusal))
    return JsonResponse({"blocks": arrival.blocks, "sentences": arrival.sentences}, encoder=DjangoJSONEncoder)


def _newest(pks: Any) -> dict[int, list[dict[str, Any]]]:
    """Return what patients see; of what was never published, the draft."""
    found = SharedBlock.objects.select_related("latest_revision").in_bulk(list(pks))
    return {pk: list(one.body.raw_data) if one.live else drafted(one) for pk, one in found.items()}
