"""A site with a home page."""

from tests.pages.building import *  # noqa: F403
