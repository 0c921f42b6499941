"""References of blocks and what is said of them: one that leads somewhere, one that is lost, a block nobody knows."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final

from django.apps import apps
from django.db import models
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from wagtail.documents import get_document_model_string
from wagtail.images import get_image_model_string

PAGE: Final = "wagtailcore.page"
PRIMARY_KEY: Final = "pk"


class _Gone:
    """What a rewriting function returns for a reference that is to be taken out."""

    def __repr__(self) -> str:
        return "GONE"


GONE: Final = _Gone()


@dataclass(frozen=True)
class Reference:
    """One thing that a block refers to.

    ``kind`` is the model's label in lower case (of the base model: a page is a page, whatever its type), ``by`` the
    field that ``key`` is a value of, ``key`` as it is stored. ``path`` leads to it as in Wagtail's reference index;
    ``place`` says the same in Chinese.
    """

    kind: str
    key: Any
    by: str
    path: str
    place: str

    @property
    def target(self) -> tuple[str, str, str]:
        """What is referred to: the same for two references to one thing."""
        return self.kind, self.by, str(self.key)

    @property
    def is_portable(self) -> bool:
        """Whether the key means the same in another installation (a code of HIS does, a primary key does not)."""
        return self.by != PRIMARY_KEY


@dataclass(frozen=True)
class Unknown:
    """A block of a type that does not exist here."""

    name: str
    path: str
    place: str

    @property
    def sentence(self) -> str:
        """What to tell staff."""
        return _("「%(name)s」组件在这里不存在（%(place)s），不能带过来。") % {"name": self.name, "place": self.place}


@dataclass(frozen=True)
class Loss:
    """A reference whose target does not exist here."""

    reference: Reference

    @property
    def sentence(self) -> str:
        """What to tell staff."""
        words = {"place": self.reference.place, "kind": kind_label(self.reference.kind), "key": self.reference.key}
        if self.reference.is_portable:
            return _("%(place)s：这里没有代码为 %(key)s 的%(kind)s，会留空。") % words
        return _("%(place)s：引用的%(kind)s在这里不存在，会留空。") % words


Change = Callable[[Reference], Any]

_LABELS: Final = {
    PAGE: gettext_lazy("页面"),
    get_image_model_string().lower(): gettext_lazy("图片"),
    get_document_model_string().lower(): gettext_lazy("文件"),
    "wagtailmedia.media": gettext_lazy("音视频"),
}


def kind_label(kind: str) -> str:
    """Return the Chinese name of a kind of thing."""
    if kind in _LABELS:
        return str(_LABELS[kind])
    try:
        return str(apps.get_model(kind)._meta.verbose_name)
    except (LookupError, ValueError):
        return kind


def kind_of(model: type[models.Model]) -> str:
    """Return the kind of a model: the label of the base model whose primary key it shares."""
    parents = model._meta.get_parent_list()
    return (parents[-1] if parents else model)._meta.label_lower
