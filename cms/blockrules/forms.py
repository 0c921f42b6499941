"""The page form holds staff to what they may do with blocks."""

from typing import Any

from django.forms.utils import ErrorList
from django.utils.text import slugify
from wagtail.admin.forms import WagtailAdminPageForm
from wagtail.blocks.stream_block import StreamBlockValidationError
from wagtail.models import Page

from cms.blockrules import rights
from cms.blockrules.usage import stream_fields


def _letters(text: str) -> str:
    return "".join(character for character in text.lower() if character.isalnum())


class HeldToRules:
    """A form over blocks that compares what was sent with what is stored, and refuses what is not allowed."""

    instance: Any
    for_user: Any

    def stored(self, name: str) -> Any:
        """Return the blocks that are there now; the instance holds them still, it takes the new ones after cleaning."""
        return getattr(self.instance, name)

    def hold_to_rules(self, cleaned: dict[str, Any]) -> None:
        """Refuse blocks added, changed or removed without the right to."""
        for name in stream_fields(self.instance.__class__):
            if name not in cleaned or self.for_user is None:
                continue
            found = rights.problems_of_change(self.for_user, self.stored(name), cleaned[name], self.instance)
            if found:
                errors = ErrorList([one.sentence for one in found])
                self.add_error(name, StreamBlockValidationError(non_block_errors=errors))  # type: ignore[attr-defined]


class BlockRulesForm(HeldToRules, WagtailAdminPageForm):
    """Compares the blocks that were sent with those stored; what is not allowed is refused, nothing is lost.

    Drafts are held to it as well: what patients will see grows from them. A page that is given no address gets one
    from its title; where a sister has that one already, the next number goes behind it.
    """

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        """Let the address be empty: a script fills it in, a moment after the title and only where it runs."""
        super().__init__(*args, **kwargs)
        if "slug" in self.fields:
            self.fields["slug"].required = False

    def _free_slug(self) -> str:
        start = slugify(self.cleaned_data.get("title") or "", allow_unicode=True)[:240] or "page"
        sisters = self.parent_page.get_children().exclude(pk=self.instance.pk).filter(slug__startswith=start)
        taken = set(sisters.values_list("slug", flat=True))
        numbered = (f"{start}-{number}" for number in range(2, len(taken) + 3))
        return start if start not in taken else next(slug for slug in numbered if slug not in taken)

    def _is_taken_by_title(self) -> bool:
        """Whether the address is what the script made of the title, and a sister page of the same title has it.

        Nobody typed that address, so nobody could mend it; one that has been published or was chosen is kept as it is.
        """
        slug = self.cleaned_data.get("slug")
        if not slug or self.instance.first_published_at or slug == self.initial.get("slug"):
            return False
        made = _letters(slug) == _letters(self.cleaned_data.get("title") or "")
        return made and not Page._slug_is_available(slug, self.parent_page, self.instance if self.instance.pk else None)

    def clean(self) -> dict[str, Any]:
        """Refuse blocks added, changed or removed without the right to."""
        if self.cleaned_data.get("slug") == "" or self._is_taken_by_title():
            self.cleaned_data["slug"] = self._free_slug()
        cleaned: dict[str, Any] = super().clean()
        self.hold_to_rules(cleaned)
        return cleaned
