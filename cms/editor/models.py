"""Models of the editor's desk."""

from cms.editor.preview.models import DraftLink

__all__ = ["DraftLink"]
