"""Places, plans, conditions, search, introductions."""
