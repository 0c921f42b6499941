"""Models of the editor's desk."""

from cms.editor.moderation.models import ReviewTask
from cms.editor.preview.models import DraftLink

__all__ = ["DraftLink", "ReviewTask"]
