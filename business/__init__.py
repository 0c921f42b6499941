"""The domain in plain Django: no Wagtail, no HTML, one app a subject."""
