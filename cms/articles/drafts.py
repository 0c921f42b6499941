"""Sending an article to the official account's drafts: asked for by staff, never twice for one click.

``draft/add`` knows no key of ours. Before it is called the row says so (``adding``); where its answer was lost, the
next try looks for a draft with this row's ``mark`` in its source address before it makes one.
"""

import hashlib
from datetime import timedelta
from typing import Any
from urllib.parse import urljoin

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.db import transaction
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from wagtail.images import get_image_model

from business.integration import outbox
from business.integration.outcomes import OutsideError, Refused
from business.integration.wechat import drafts as wechat
from business.security.refs import new_ref
from cms.articles import wechat_html
from cms.articles.models import ArticlePage, WeChatDraft, WeChatPicture

TOPIC = "articles.draft"
MAX_ATTEMPTS = 30
CLAIM = timedelta(minutes=10)
AGAIN_SECONDS = 30.0
COVER = "fill-900x383|format-jpeg|bgcolor-ffffff"
PICTURES = ("max-1080x8000|format-jpeg|bgcolor-ffffff", "max-800x6000|format-jpeg|jpegquality-60|bgcolor-ffffff")

SENTENCES = {
    "45003": gettext_lazy("标题太长或是空的，公众号不收。"),
    "45004": gettext_lazy("摘要太长，公众号最多收 128 个字。"),
    "45110": gettext_lazy("作者太长，公众号最多收 16 个字。"),
    "45002": gettext_lazy("正文太长，公众号要求少于 2 万字符（含版式）。"),
    "40005": gettext_lazy("有一张图片的格式公众号不收。"),
    "40009": gettext_lazy("有一张图片超过公众号的大小限制。"),
    "40007": gettext_lazy("封面在公众号里找不到了，请再发送一次。"),
    "45009": gettext_lazy("今天调用公众号接口的次数用完了，请明天再试。"),
    "48001": gettext_lazy("公众号没有草稿接口的权限，请联系公众号管理员。"),
    "61004": gettext_lazy("服务器的地址不在公众号的 IP 白名单里，请联系管理员。"),
    "40164": gettext_lazy("服务器的地址不在公众号的 IP 白名单里，请联系管理员。"),
}


class CannotSend(Exception):
    """The article cannot become a draft as it is; the text is a sentence for staff."""


@transaction.atomic
def request_draft(article: ArticlePage) -> WeChatDraft:
    """Ask for the article to be sent; while a sending is under way it is the same one."""
    WeChatDraft.objects.get_or_create(article=article, defaults={"mark": new_ref(), "state": WeChatDraft.State.FAILED})
    row = WeChatDraft.objects.select_for_update().get(article=article)
    if row.is_under_way:
        return row
    row.number += 1
    row.state, row.problem, row.notes, row.progress = WeChatDraft.State.QUEUED, "", "", ""
    row.requested_at = timezone.now()
    row.save()
    outbox.enqueue(TOPIC, {"article": article.pk, "number": row.number}, key=f"{TOPIC}:{article.pk}:{row.number}")
    return row


@outbox.handler(TOPIC, max_attempts=MAX_ATTEMPTS)
def send(payload: dict[str, Any]) -> None:
    """Send what was asked for; one worker at a time for each article."""
    mine = WeChatDraft.objects.filter(article_id=payload["article"], number=payload["number"])
    now = timezone.now()
    under_way = Q(state__in=[WeChatDraft.State.QUEUED, WeChatDraft.State.SENDING])
    free = Q(claimed_until__isnull=True) | Q(claimed_until__lt=now)
    if not mine.filter(under_way & free).update(claimed_until=now + CLAIM, state=WeChatDraft.State.SENDING):
        if mine.filter(under_way).exists():
            raise outbox.RetryLater("another worker is sending it", after_seconds=AGAIN_SECONDS)
        return
    row = mine.get()
    try:
        _send(row)
    except CannotSend as problem:
        _failed(row.pk, payload["number"], str(problem))
    except Refused as refusal:
        told = SENTENCES.get(refusal.code) or _("公众号没有收下：%(message)s（%(code)s）") % {
            "message": refusal.message,
            "code": refusal.code,
        }
        _failed(row.pk, payload["number"], str(told))
    except ImproperlyConfigured:
        _failed(row.pk, payload["number"], _("门户还没有接公众号，请联系管理员。"))
    except OutsideError:
        _say(row, _("微信没有应答，稍后自动再试"))
        raise
    finally:
        WeChatDraft.objects.filter(pk=row.pk).update(claimed_until=None)


@outbox.on_dead(TOPIC)
def gave_up(payload: dict[str, Any], reason: str) -> None:
    """Tell staff that nobody will try again by itself."""
    _failed(payload["article"], payload["number"], _("多次发送都没有得到微信的应答，请稍后再发送一次。"))


def _failed(article: int, number: int, sentence: str) -> None:
    WeChatDraft.objects.filter(pk=article, number=number).exclude(state=WeChatDraft.State.SENT).update(
        state=WeChatDraft.State.FAILED, problem=sentence[:300], progress=""
    )


def _say(row: WeChatDraft, progress: str) -> None:
    WeChatDraft.objects.filter(pk=row.pk).update(progress=progress[:100])


def _send(row: WeChatDraft) -> None:
    page = row.article.get_latest_revision_as_object()
    notes: list[str] = []
    article = _article(row, page, notes)
    if row.media_id:
        _say(row, _("正在更新草稿"))
        try:
            wechat.update(row.media_id, article)
        except Refused as refusal:
            if refusal.code != wechat.NO_SUCH_MEDIA:
                raise
            # Published or deleted over there: this is a new draft with a mark of its own.
            row.media_id, row.mark, row.adding = "", new_ref(), False
            row.save(update_fields=["media_id", "mark", "adding"])
            article = _article(row, page, notes := [])
            notes.append(_("原来的草稿已发布或删除，建了一份新的"))
    if not row.media_id:
        _say(row, _("正在新建草稿"))
        row.media_id = _add(row, article)
        row.adding = False
        row.save(update_fields=["media_id", "adding"])
    row.url = _preview(row.media_id)
    row.state, row.sent_at, row.progress, row.problem = WeChatDraft.State.SENT, timezone.now(), "", ""
    row.notes = "；".join(notes)[:300]
    row.save(update_fields=["url", "state", "sent_at", "progress", "problem", "notes"])


def _add(row: WeChatDraft, article: wechat.Article) -> str:
    if row.adding and (found := wechat.find(article.source_url)):
        wechat.update(found, article)  # the answer was lost, the draft was made; the text may have changed since
        return found
    row.adding = True
    row.save(update_fields=["adding"])
    return wechat.add(article)


def _preview(media_id: str) -> str:
    try:
        return wechat.preview_url(media_id)[:500]
    except OutsideError:
        return ""  # the draft is there; only its picture of itself is missing


def _article(row: WeChatDraft, page: ArticlePage, notes: list[str]) -> wechat.Article:
    if page.cover is None:
        raise CannotSend(_("公众号草稿要有封面：请先给文章选一张封面图。"))
    cover = _cover(row, page.cover)
    body = _body(row, page)
    if not body.html.strip():
        raise CannotSend(_("正文里没有能放进公众号的内容（图文、图片或粘贴的文章）。"))
    if len(body.html) >= wechat.CONTENT_CHARACTERS:
        raise CannotSend(
            _("正文连同版式有 %(count)d 个字符，公众号要求少于 2 万，请精简或拆成两篇。") % {"count": len(body.html)}
        )
    if body.left_out:
        notes.append(_("没有放进草稿的组件：%(names)s") % {"names": "、".join(body.left_out)})
    if len(page.title) > wechat.TITLE:
        notes.append(_("标题超过 32 个字，草稿里截短了"))
    address = urljoin(f"{settings.PORTAL_URL}/", page.url or "/")
    return wechat.Article(
        title=page.title if len(page.title) <= wechat.TITLE else f"{page.title[: wechat.TITLE - 1]}…",
        author=page.author[: wechat.AUTHOR],
        digest=page.digest[: wechat.DIGEST],
        content=body.html,
        source_url=f"{address}?draft={row.mark}",
        cover=cover,
    )


def _bytes(image: Any, spec: str) -> bytes:
    try:
        with image.get_rendition(spec).file.open("rb") as file:
            return bytes(file.read())
    except (OSError, ValueError):
        return b""


def _cover(row: WeChatDraft, image: Any) -> str:
    content = _bytes(image, COVER)
    if not content:
        raise CannotSend(_("封面图片的文件读不出来，请换一张。"))
    digest = hashlib.sha256(content).hexdigest()
    if row.cover_digest != digest or not row.cover_media_id:
        _say(row, _("正在上传封面"))
        row.cover_media_id = wechat.upload_cover("cover.jpg", content)
        row.cover_digest = digest
        row.save(update_fields=["cover_media_id", "cover_digest"])
    return row.cover_media_id


def _body(row: WeChatDraft, page: ArticlePage) -> wechat_html.WeChatBody:
    numbers = wechat_html.images_in(page.body)
    images = get_image_model().objects.in_bulk(numbers)
    addresses: dict[int, str] = {}
    for position, number in enumerate(numbers, start=1):
        _say(row, _("正在上传图片 %(done)d / %(total)d") % {"done": position, "total": len(numbers)})
        addresses[number] = _uploaded(images[number]) if number in images else ""
    return wechat_html.compose(page.body, lambda number: addresses.get(number, ""))


def _uploaded(image: Any) -> str:
    """Return the address of a picture at WeChat; one that was sent before is not sent again."""
    content = next((c for spec in PICTURES if 0 < len(c := _bytes(image, spec)) <= wechat.PICTURE_BYTES), b"")
    if not content:
        raise CannotSend(_("图片「%(title)s」压缩后仍超过 1 MB 或读不出来，公众号不收。") % {"title": image.title})
    digest = hashlib.sha256(content).hexdigest()
    known = WeChatPicture.objects.filter(pk=digest).first()
    if known is not None:
        return known.url
    url = wechat.upload_picture("picture.jpg", content)
    WeChatPicture.objects.get_or_create(pk=digest, defaults={"url": url})
    return url
