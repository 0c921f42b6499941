"""What changed between two versions of a page, in words staff read."""

from cms.editor.changes.between import changes_between

__all__ = ["changes_between"]
