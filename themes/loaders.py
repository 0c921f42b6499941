"""Templates of the theme pack that the site wears come before everybody else's."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any

from django.template import Origin, TemplateDoesNotExist
from django.template.loaders.base import Loader as BaseLoader
from django.utils._os import safe_join

from themes import packs

_worn: ContextVar[Callable[[], str] | None] = ContextVar("theme_pack", default=None)


@contextmanager
def wearing(pack: Callable[[], str]) -> Iterator[None]:
    """Render with the templates of a pack until the block ends; ``pack`` is asked once, at the first template."""
    answer: list[str] = []

    def once() -> str:
        if not answer:
            answer.append("")  # whatever the question itself renders wears no pack
            answer[0] = pack()
        return answer[0]

    token = _worn.set(once)
    try:
        yield
    finally:
        _worn.reset(token)


class PackLoader(BaseLoader):
    """Finds ``packs/<worn>/templates/<name>``; a pack's template may extend the one of the same name behind it."""

    def __init__(self, engine: Any) -> None:
        """Keep compiled templates by pack, for they are many includes a page."""
        super().__init__(engine)
        self._compiled: dict[str, Any] = {}

    def get_template_sources(self, template_name: str) -> Iterator[Origin]:
        """Yield the pack's own file, where it has one."""
        question = _worn.get()
        folder = packs.templates(question()) if question is not None else None
        if folder is not None:
            yield Origin(name=safe_join(folder, template_name), template_name=template_name, loader=self)

    def get_template(self, template_name: str, skip: Any = None) -> Any:
        """Return the pack's template; raise TemplateDoesNotExist at once where no pack is worn."""
        if _worn.get() is None:
            raise TemplateDoesNotExist(template_name)
        for origin in self.get_template_sources(template_name):
            if skip is None or origin not in skip:
                if origin.name not in self._compiled:
                    self._compiled[origin.name] = super().get_template(template_name, skip)
                return self._compiled[origin.name]
        raise TemplateDoesNotExist(template_name)

    def get_contents(self, origin: Origin) -> str:
        """Read the file."""
        try:
            with open(origin.name, encoding="utf-8") as file:
                return file.read()
        except FileNotFoundError:
            raise TemplateDoesNotExist(origin) from None

    def reset(self) -> None:
        """Forget what was compiled."""
        self._compiled.clear()
