"""A site with a home page, and blocks to try."""

from tests.pages.building import *  # noqa: F403
