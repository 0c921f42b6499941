"""The desk of buildings, floors and rooms, the editor of floor plans, conditions, and the staff of departments."""
