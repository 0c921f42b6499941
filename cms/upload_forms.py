"""The editor's upload forms: every way to bring in a picture, a sound or a film goes through one of these."""

from typing import Any

import willow
from django import forms
from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.files.uploadedfile import UploadedFile
from django.forms.fields import FileField
from django.utils.translation import gettext_lazy as _
from wagtail.images.fields import WagtailImageField
from wagtail.images.forms import BaseImageForm
from wagtailmedia.forms import BaseMediaForm

from blocks import uploads


class PictureField(WagtailImageField):
    """A picture, drawn anew; the sentences say what to do."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        """Say what is taken and what becomes of it."""
        super().__init__(*args, **kwargs)
        self.help_text = _(
            "支持 JPG、PNG、WebP 和苹果手机的 HEIC 照片，最大 %(size)s。超过 %(longest)d 像素会自动缩小，"
            "拍摄地点等隐私信息会自动去掉。"
        ) % {"size": self.max_upload_size_text, "longest": uploads.LONGEST}
        self.error_messages["file_too_large"] = _(
            "图片文件有 %(file_size)s，超过 %(max_filesize)s。请压缩后再上传，微信里发送再保存一次也会变小。"
        )

    def to_python(self, data: Any) -> Any:
        """Return the picture as it will be kept; raise ValidationError with a sentence."""
        file = FileField.to_python(self, data)
        if file is None:
            return None
        self.check_image_file_size(file)
        extension = file.name.rsplit(".", 1)[-1].lower()
        if extension not in {*self.allowed_image_extensions, "svg"}:
            raise ValidationError(
                _("不支持 .%(extension)s 文件，请用 JPG、PNG、WebP 或 HEIC 图片。") % {"extension": extension},
                code="invalid_image_extension",
            )
        clean = uploads.clean_picture(file)
        clean.image = willow.Image.open(clean)
        clean.seek(0)
        return clean

    def run_validators(self, value: Any) -> None:
        """Extensions are checked above, with a sentence of ours."""


class PictureForm(BaseImageForm):
    """The image form of the library, the chooser and the upload of many at once."""

    file = PictureField(label=_("图片文件"), widget=BaseImageForm.Meta.widgets["file"])


class MediaForm(BaseMediaForm):
    """The form of sounds and films; posters and captions are chosen where the film is shown."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        """Leave out what nobody here fills in."""
        super().__init__(*args, **kwargs)
        for name in ("thumbnail", "width", "height", "duration"):
            self.fields.pop(name, None)
        if "file" in self.fields:
            self.fields["file"].help_text = (
                _("MP3 或 M4A，最大 %(size)d MB。")
                if self.instance.type == "audio"
                else _("MP4（H.264 编码），最大 %(size)d MB；更长的片子请传到腾讯视频，用链接展示。")
            ) % {"size": settings.MEDIA_MAX_BYTES // 1_000_000}

    def clean_file(self) -> Any:
        """Refuse what is not what its name says."""
        file = self.cleaned_data["file"]
        if isinstance(file, UploadedFile):
            uploads.check_media(file, most_bytes=settings.MEDIA_MAX_BYTES)
            wanted = {"audio": ("mp3", "m4a", "wav"), "video": ("mp4", "m4v")}.get(self.instance.type, ())
            if file.name.rsplit(".", 1)[-1].lower() not in wanted:
                raise forms.ValidationError(
                    _("这里要上传音频文件（MP3、M4A）。")
                    if self.instance.type == "audio"
                    else _("这里要上传视频文件（MP4）。")
                )
        return file
