"""The official account's draft box, which wechatpy does not know: pictures up, drafts in (draft/add and its kin).

Limits and fields as developers.weixin.qq.com states them (draft_add, media/uploadimg, material/add_material).
``draft/add`` has no key of ours: the same call twice makes two drafts, so whoever is not sure
asks :func:`find` first.
"""

import functools
from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.core.signals import setting_changed

from business.integration.http import OutsideClient
from business.integration.wechat.client import PortalWeChat

TITLE, AUTHOR, DIGEST = 32, 16, 128
CONTENT_CHARACTERS = 20_000  # fewer than
PICTURE_BYTES = 1_000_000
COVER_BYTES = 10_000_000
UPLOAD_SECONDS = 25.0
LOOK_BACK = 3  # pages of twenty drafts

NO_SUCH_MEDIA = "40007"


@dataclass(frozen=True)
class Article:
    """One article as the draft box takes it; ``source_url`` is what 阅读原文 opens."""

    title: str
    author: str
    digest: str
    content: str
    source_url: str
    cover: str  # media id

    def body(self) -> dict[str, Any]:
        """Return the request's part for this article."""
        return {
            "title": self.title,
            "author": self.author,
            "digest": self.digest,
            "content": self.content,
            "content_source_url": self.source_url,
            "thumb_media_id": self.cover,
            "need_open_comment": 0,
        }


@functools.lru_cache(maxsize=1)
def _client() -> PortalWeChat:
    wechat: dict[str, Any] = settings.WECHAT
    if not wechat["APP_ID"] or not wechat["SECRET"]:
        raise ImproperlyConfigured("PH_WECHAT_APP_ID is missing: the portal has no official account")
    outside = OutsideClient("wechat", wechat["API_URL"], timeout=max(UPLOAD_SECONDS, float(wechat["TIMEOUT"])))
    return PortalWeChat(outside, wechat["APP_ID"], wechat["SECRET"], wechat["API_URL"])


def upload_picture(name: str, content: bytes) -> str:
    """Upload a jpg or png of at most 1 MB for the text of an article; return its address at WeChat."""
    return str(_client().post("media/uploadimg", files={"media": (name, content)})["url"])


def upload_cover(name: str, content: bytes) -> str:
    """Upload a lasting picture for covers; return its media id."""
    answer = _client().post("material/add_material", params={"type": "image"}, files={"media": (name, content)})
    return str(answer["media_id"])


def add(article: Article) -> str:
    """Make a draft; return its media id. Raises Refused (45003 title, 45002 content, 40007 cover …) or Unknown."""
    return str(_client().post("draft/add", data={"articles": [article.body()]})["media_id"])


def update(media_id: str, article: Article) -> None:
    """Replace a draft's article; Refused 40007 where the draft is gone: published or deleted."""
    _client().post("draft/update", data={"media_id": media_id, "index": 0, "articles": article.body()})


def preview_url(media_id: str) -> str:
    """Return the address of a draft's preview, empty where WeChat gives none."""
    items = _client().post("draft/get", data={"media_id": media_id}).get("news_item") or [{}]
    return str(items[0].get("url") or "")


def find(source_url: str) -> str:
    """Return the media id of the newest draft that leads to ``source_url``, empty where there is none."""
    for page in range(LOOK_BACK):
        answer = _client().post("draft/batchget", data={"offset": page * 20, "count": 20, "no_content": 1})
        items = answer.get("item") or []
        for item in items:
            if any(news.get("content_source_url") == source_url for news in item["content"]["news_item"]):
                return str(item["media_id"])
        if len(items) < 20:  # noqa: PLR2004
            break
    return ""


def _forget(*, setting: str, **kwargs: object) -> None:
    if setting == "WECHAT":
        _client.cache_clear()


setting_changed.connect(_forget)
