"""The reviewer's decision."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

APPROVE, RETURN = "approve", "return"
MOST = 500


class DecisionForm(forms.Form):
    """Approve, or return with what has to be mended."""

    decision = forms.ChoiceField(choices=[(APPROVE, _("通过")), (RETURN, _("退回修改"))])
    revision = forms.IntegerField(widget=forms.HiddenInput)
    comment = forms.CharField(
        label=_("给作者的话"),
        required=False,
        max_length=MOST,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text=_("退回时写清楚要改哪里，作者会在首页和编辑页看到；通过时可以不写。"),
        error_messages={"max_length": _("最多 %(limit_value)d 个字，现在有 %(show_value)d 个。")},
    )

    def clean(self) -> dict[str, Any]:
        """Ask for words when something is sent back: without them the author cannot know what to mend."""
        cleaned = super().clean() or {}
        if cleaned.get("decision") == RETURN and not cleaned.get("comment") and "comment" not in self.errors:
            self.add_error("comment", _("请写一句要改哪里，作者才知道怎么改。"))
        return cleaned
