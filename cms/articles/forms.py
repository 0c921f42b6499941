"""The editor's form of an article."""

from typing import Any

from django.utils.translation import gettext_lazy as _
from mptt.forms import TreeNodeChoiceField

from cms.blockrules.forms import BlockRulesForm


class ArticlePageForm(BlockRulesForm):
    """Shows categories as the tree they are."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        """Put the tree into the list of categories; a new article starts with its writer's name."""
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
