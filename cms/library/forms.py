"""What staff say about a page template."""

from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from cms.library.models import PageTemplate
from cms.library.thumbnails import recode

MOST_BYTES = 5 * 1024 * 1024


class TemplateForm(forms.ModelForm):
    """Name, description, category, the title of new pages, and a picture of one's own."""

    own_picture = forms.FileField(
        label=_("自己的封面图"),
        required=False,
        help_text=_("竖图最好，不超过 5 MB。不上传就用自动画的示意图。"),
        widget=forms.FileInput(attrs={"accept": "image/png,image/jpeg,image/webp"}),
    )
    drop_picture = forms.BooleanField(label=_("去掉封面图，用示意图"), required=False)

    class Meta:
        model = PageTemplate
        fields = ["name", "description", "category", "page_title"]
        help_texts = {"page_title": _("用模板新建页面时先填上的标题，可以留空。")}

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        """Offer to drop a picture only where there is one."""
        super().__init__(*args, **kwargs)
        if not self.instance.picture:
            del self.fields["drop_picture"]
        self.picture: bytes | None = None

    def clean_own_picture(self) -> Any:
        """Re-encode the picture; refuse what is none."""
        file = self.cleaned_data["own_picture"]
        if not file:
            return file
        if file.size > MOST_BYTES:
            raise ValidationError(_("图片超过 5 MB，请压缩后再上传。"))
        try:
            self.picture = recode(file.read())
        except (OSError, ValueError) as error:
            raise ValidationError(_("这不是可以打开的图片，请上传 PNG、JPEG 或 WebP。")) from error
        return file


class SaveAsForm(TemplateForm):
    """The same for a page: as a new template, or in place of an existing one."""

    replaces = forms.ModelChoiceField(
        label=_("保存为"),
        queryset=PageTemplate.objects.none(),
        required=False,
        empty_label=_("新模板"),
        help_text=_("选已有的模板，就用这一页的内容替换它，名称等按下面填写的改。"),
    )

    field_order = ["replaces", "name", "description", "category", "page_title", "own_picture"]

    def __init__(self, *args: Any, may_replace: bool = True, **kwargs: Any) -> None:
        """Offer the existing templates to those who may change them."""
        super().__init__(*args, **kwargs)
        if may_replace:
            self.fields["replaces"].queryset = PageTemplate.objects.filter(is_removed=False).defer("body", "drawing")
        else:
            del self.fields["replaces"]
