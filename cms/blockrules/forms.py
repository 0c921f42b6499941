"""The page form holds staff to what they may do with blocks."""

from typing import Any

from django.forms.utils import ErrorList
from wagtail.admin.forms import WagtailAdminPageForm
from wagtail.blocks.stream_block import StreamBlockValidationError

from cms.blockrules import rights
from cms.blockrules.usage import stream_fields


class BlockRulesForm(WagtailAdminPageForm):
    """Compares the blocks that were sent with those stored; what is not allowed is refused, nothing is lost.

    Drafts are held to it as well: what patients will see grows from them.
    """

    def clean(self) -> dict[str, Any]:
        """Refuse blocks added, changed or removed without the right to."""
        cleaned: dict[str, Any] = super().clean()
        for name in stream_fields(self.instance.__class__):
            if name not in cleaned or self.for_user is None:
                continue
            # The instance still holds what was stored: it takes the new values after cleaning.
            found = rights.problems_of_change(self.for_user, getattr(self.instance, name), cleaned[name], self.instance)
            if found:
                self.add_error(
                    name, StreamBlockValidationError(non_block_errors=ErrorList([one.sentence for one in found]))
                )
        return cleaned
