"""The editor's form of an article."""

from typing import Any

from django.utils.translation import gettext_lazy as _
from mptt.forms import TreeNodeChoiceField

from cms.blockrules.forms import BlockRulesForm


class ArticlePageForm(BlockRulesForm):
    """Shows categories as the tree they are."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        """Put the tree into the list of categories; a new article starts in the one last written for.

        Without a category nothing can be saved, and what is typed before one is chosen would not be kept either.
        """
        super().__init__(*args, **kwargs)
        if "category" in self.fields:
            field = self.fields["category"]
            tree = TreeNodeChoiceField(
                queryset=field.queryset.order_by("tree_id", "lft"),
                level_indicator="　",
                label=field.label,
                required=True,
                empty_label=_("请选择"),
            )
            tree.help_text = field.help_text
            self.fields["category"] = tree
            if not self.instance.pk and not self.initial.get("category"):
                self.initial["category"] = self._usual_category()

    def _usual_category(self) -> int | None:
        others = self._meta.model._default_manager.order_by("-pk")
        mine = others.filter(owner=self.for_user).values_list("category", flat=True).first()
        return mine or others.values_list("category", flat=True).first()
