"""What staff say about an export or an import."""

from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _
from wagtail.admin.widgets import AdminPageChooser
from wagtail.models import Page, Site

from cms.bundles.archive import MEBIBYTE, MOST_BYTES
from cms.bundles.planning import Destination


class ExportForm(forms.Form):
    """A whole site, or one page with everything below it."""

    site = forms.ModelChoiceField(
        label=_("整个站点"), queryset=Site.objects.all(), required=False, empty_label=_("不选，只导出下面选的页面")
    )
    page = forms.ModelChoiceField(
        label=_("或：一个页面和它下面的全部页面"),
        queryset=Page.objects.filter(depth__gt=1),
        required=False,
        widget=AdminPageChooser(),
    )
    with_templates = forms.BooleanField(label=_("带上自己做的页面模板"), required=False)
    with_redirects = forms.BooleanField(label=_("带上网址跳转"), required=False)

    def clean(self) -> dict[str, Any]:
        """Hold staff to exactly one root."""
        cleaned: dict[str, Any] = super().clean() or self.cleaned_data
        if bool(cleaned.get("site")) == bool(cleaned.get("page")):
            self.add_error("page", _("请选一个站点，或选一个页面；只能选一样。"))
        return cleaned


class UploadForm(forms.Form):
    """The file."""

    file = forms.FileField(
        label=_("门户包文件（.zip）"),
        widget=forms.FileInput(attrs={"accept": ".zip,application/zip"}),
        help_text=_("不超过 %(size)d MB。上传后先看差异，确认以后才会导入。") % {"size": MOST_BYTES // MEBIBYTE},
    )

    def clean_file(self) -> Any:
        """Refuse what is too big before it is looked into."""
        file = self.cleaned_data["file"]
        if file.size > MOST_BYTES:
            words = {"size": MOST_BYTES // MEBIBYTE, "is": -(-file.size // MEBIBYTE)}
            raise ValidationError(_("文件有 %(is)d MB，超过 %(size)d MB，不能导入。可以分几个页面分别导出。") % words)
        return file


class DestinationForm(forms.Form):
    """Onto a site, or below a page."""

    site = forms.ModelChoiceField(
        label=_("导入到站点"), queryset=Site.objects.select_related("root_page"), required=False, empty_label="—"
    )
    page = forms.ModelChoiceField(
        label=_("或：放到这个页面下面"),
        queryset=Page.objects.filter(depth__gt=1),
        required=False,
        widget=AdminPageChooser(),
    )

    def clean(self) -> dict[str, Any]:
        """Hold staff to exactly one place."""
        cleaned: dict[str, Any] = super().clean() or self.cleaned_data
        if bool(cleaned.get("site")) == bool(cleaned.get("page")):
            self.add_error("page", _("请选一个站点，或选一个页面；只能选一样。"))
        return cleaned

    def destination(self) -> Destination:
        """Return the place that was chosen."""
        if site := self.cleaned_data["site"]:
            return Destination(site=site)
        return Destination(parent=self.cleaned_data["page"])
