"""The form of shared content: held to the same rules about blocks as a page."""

from typing import Any

from wagtail.admin.forms import WagtailAdminModelForm

from cms.blockrules.forms import HeldToRules


class SharedBlockForm(HeldToRules, WagtailAdminModelForm):
    """Name, note and blocks."""

    def stored(self, name: str) -> Any:
        """Return the newest blocks in the database; whoever brings one back from an earlier version adds it."""
        saved = type(self.instance)._base_manager.filter(pk=self.instance.pk).first()
        newest = saved.get_latest_revision_as_object() if saved is not None else type(self.instance)()
        return getattr(newest, name)

    def clean_name(self) -> str:
        """Refuse a name without a word."""
        from django.core.exceptions import ValidationError
        from django.utils.translation import gettext as _

        name = " ".join(self.cleaned_data["name"].split())
        if not any(character.isalnum() for character in name):
            raise ValidationError(_("请填写名称，要有文字。"))
        return name

    def clean(self) -> dict[str, Any]:
        """Refuse blocks added, changed or removed without the right to."""
        cleaned: dict[str, Any] = super().clean()
        self.hold_to_rules(cleaned)
        return cleaned
