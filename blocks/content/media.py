"""Sounds, films and files."""

import os
import re
from collections.abc import Iterator, Mapping
from typing import Any, Final
from urllib.parse import parse_qs, urlsplit

from django.core.exceptions import ValidationError
from django.template.defaultfilters import filesizeformat
from django.utils.html import strip_tags
from django.utils.translation import gettext_lazy as _
from wagtail import blocks
from wagtail.blocks.struct_block import StructBlockValidationError
from wagtail.documents.blocks import DocumentChooserBlock
from wagtailmedia.blocks import AudioChooserBlock, VideoChooserBlock

from blocks.base import GROUP_MEDIA, PortalBlock
from blocks.checking import Finding, Node, check
from blocks.conditions import when
from blocks.content.atoms import PictureBlock
from blocks.content.words import SHORT_FEATURES
from blocks.images import drawn, picture_html, url_of

TENCENT_HOST: Final = "v.qq.com"
_TENCENT_ID: Final = re.compile(r"^[A-Za-z0-9]{11}$")
_PATH_ID: Final = re.compile(r"/([A-Za-z0-9]{11})(?:\.html)?$")

# Word and icon by extension.
FILE_KINDS: Final = {
    "pdf": "PDF",
    "doc": "Word",
    "docx": "Word",
    "xls": "Excel",
    "xlsx": "Excel",
    "ppt": "PPT",
    "pptx": "PPT",
    "csv": "CSV",
    "txt": "TXT",
    "zip": "ZIP",
}


def tencent_id(address: str) -> str:
    """Return the id of a film of Tencent Video from its page's address, its share link or the id itself; else empty."""
    address = address.strip()
    if _TENCENT_ID.match(address):
        return address
    parts = urlsplit(address)
    if parts.scheme not in {"http", "https"} or parts.hostname not in {TENCENT_HOST, "m.v.qq.com"}:
        return ""
    asked = parse_qs(parts.query).get("vid", [""])[0]
    if _TENCENT_ID.match(asked):
        return asked
    found = _PATH_ID.search(parts.path)
    return found[1] if found else ""


def is_captions(document: Any) -> bool:
    """Whether a document is a caption file browsers can read."""
    return str(document.filename).lower().endswith(".vtt")


class VideoBlock(PortalBlock):
    """A film: uploaded, or of Tencent Video, from where nothing is fetched before the patient asks for it."""

    title = blocks.CharBlock(label=_("片名"), max_length=40)
    source = blocks.ChoiceBlock(
        label=_("视频来源"),
        choices=[("upload", _("上传的视频")), ("tencent", _("腾讯视频链接"))],
        default="upload",
    )
    video = VideoChooserBlock(
        label=_("选择视频"), required=False, help_text=_("MP4 文件；超过几分钟的片子请用腾讯视频。")
    )
    tencent = blocks.CharBlock(
        label=_("腾讯视频链接"),
        required=False,
        max_length=300,
        help_text=_("在腾讯视频里点「分享 → 复制链接」，粘贴到这里，例如：https://v.qq.com/x/page/a0012abcdef.html"),
    )
    poster = PictureBlock(
        label=_("封面"), required=False, help_text=_("横图 16:9；没有封面时只显示播放按钮。可以标为装饰图。")
    )
    captions = DocumentChooserBlock(
        label=_("字幕文件"), required=False, help_text=_("WebVTT 字幕（.vtt），听障患者和静音观看时需要。")
    )
    transcript = blocks.RichTextBlock(
        label=_("文字稿"), features=SHORT_FEATURES, required=False, help_text=_("没有字幕时请把讲的内容写下来。")
    )

    class Meta:
        label = _("视频")
        icon = "media"
        group = GROUP_MEDIA
        description = _("上传的视频或腾讯视频，点一下才开始加载。")
        template = "blocks/content/video.html"
        preview_value = {"title": "胃镜检查前要做什么准备", "source": "tencent", "tencent": "a0012abcdef"}
        conditions = {
            "video": when("source", "upload"),
            "captions": when("source", "upload"),
            "tencent": when("source", "tencent"),
        }

    def clean(self, value: Any) -> Any:
        """Hold staff to one film that can be played; keep Tencent's id only."""
        cleaned = super().clean(value)
        errors: dict[str, ValidationError] = {}
        if cleaned["source"] == "upload":
            if not cleaned["video"] and not self.is_deferred_validation:
                errors["video"] = ValidationError(_("请选择或上传一个视频。"))
            if cleaned["captions"] and not is_captions(cleaned["captions"]):
                errors["captions"] = ValidationError(_("字幕要用 .vtt 文件。SRT 字幕可以用剪映等工具转换。"))
        elif not tencent_id(cleaned["tencent"] or "") and (cleaned["tencent"] or not self.is_deferred_validation):
            errors["tencent"] = ValidationError(
                _("没有认出腾讯视频。请粘贴 https://v.qq.com/ 开头的视频链接，别的视频网站不能用。")
            )
        if errors:
            raise StructBlockValidationError(block_errors=errors)
        return cleaned

    def live(self, value: Any, context: Mapping[str, Any]) -> dict[str, Any]:
        """Return what plays the film; nothing where it is gone."""
        video = value["video"]
        found: dict[str, Any] = {"poster": picture_html(value["poster"], "figure")}
        if value["source"] == "tencent":
            vid = tencent_id(value["tencent"] or "")
            if vid:
                found["frame_url"] = f"https://{TENCENT_HOST}/txp/iframe/player.html?vid={vid}&autoplay=true"
                found["page_url"] = f"https://{TENCENT_HOST}/x/page/{vid}.html"
        elif video:
            found["video"] = video.url
            found["poster_url"] = url_of(value["poster"], "figure")
            captions = value["captions"]
            found["captions_url"] = captions.url if captions and is_captions(captions) else ""
        return found

    def sample(self, value: Any, context: Mapping[str, Any]) -> dict[str, Any]:
        """Return a drawn poster."""
        return {**self.live(value, context), "poster": drawn("photo-1", 640, 460), "frame_url": "#", "page_url": "#"}


class AudioBlock(PortalBlock):
    """Something to listen to."""

    title = blocks.CharBlock(label=_("标题"), max_length=40)
    audio = AudioChooserBlock(label=_("选择音频"), help_text=_("MP3 或 M4A 文件。"))
    speaker = blocks.CharBlock(label=_("谁在讲"), max_length=30, required=False)
    transcript = blocks.RichTextBlock(
        label=_("文字稿"), features=SHORT_FEATURES, required=False, help_text=_("听不见或不方便听的患者可以读。")
    )

    class Meta:
        label = _("音频")
        icon = "media"
        group = GROUP_MEDIA
        description = _("可以听的内容：健康广播、用药提醒、就诊须知朗读。")
        template = "blocks/content/audio.html"
        preview_value = {"title": "出院后怎么吃药", "speaker": "药学部 李药师"}

    def live(self, value: Any, context: Mapping[str, Any]) -> dict[str, Any]:
        """Return where the sound is."""
        return {"audio_url": value["audio"].url if value["audio"] else ""}

    def sample(self, value: Any, context: Mapping[str, Any]) -> dict[str, Any]:
        """Return a sound that is not fetched."""
        return {"audio_url": "#"}


@check(VideoBlock, AudioBlock)
def heard_by_all(node: Node, around: Any) -> Iterator[Finding]:
    """A film or a sound has a name before it is played, and words for those who cannot hear it."""
    value = node.value
    if not value.get("title"):
        yield node.must("no_title", _("没有标题：读屏软件的用户和还没点开的人不知道讲什么。"), "title")
    transcript = getattr(value.get("transcript"), "source", "")
    if not value.get("captions") and not strip_tags(transcript).strip():
        yield node.should("no_words", _("没有字幕也没有文字稿，听不见的患者看不懂。加上其中一样。"), "transcript")


class FileItemBlock(blocks.StructBlock):
    """One file."""

    document = DocumentChooserBlock(label=_("选择文件"))
    title = blocks.CharBlock(
        label=_("显示的名称"), max_length=60, required=False, help_text=_("留空则用文件库里的名称。")
    )
    note = blocks.CharBlock(label=_("说明"), max_length=60, required=False)

    class Meta:
        label = _("文件")
        icon = "doc-full"
        label_format = "{title}"


class FileBlock(PortalBlock):
    """Files to download; kind and size are told before the touch."""

    title = blocks.CharBlock(label=_("标题"), max_length=20, required=False)
    items = blocks.ListBlock(FileItemBlock(), label=_("文件"), min_num=1, max_num=30)

    class Meta:
        label = _("文件下载")
        icon = "download"
        group = GROUP_MEDIA
        description = _("可以下载的表格和资料，写明格式和大小。")
        template = "blocks/content/file.html"
        preview_value = {"title": "常用表格", "items": []}

    def live(self, value: Any, context: Mapping[str, Any]) -> dict[str, Any]:
        """Return the files that still exist."""
        files = []
        for item in value["items"]:
            document = item["document"]
            if document is None:
                continue
            extension = os.path.splitext(document.filename)[1].lower().lstrip(".")
            files.append(
                {
                    "title": item["title"] or document.title,
                    "note": item["note"],
                    "url": document.url,
                    "kind": FILE_KINDS.get(extension, extension.upper()),
                    "size": filesizeformat(document.file_size) if document.file_size else "",
                }
            )
        return {"files": files}

    def sample(self, value: Any, context: Mapping[str, Any]) -> dict[str, Any]:
        """Return two forms."""
        names = (("病历复印申请表", "PDF", "186 KB"), ("异地就医备案登记表", "Word", "42 KB"))
        return {"files": [{"title": name, "kind": kind, "size": size, "url": "#"} for name, kind, size in names]}
