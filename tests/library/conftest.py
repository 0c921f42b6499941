"""A site with a home page, for the tests of templates and of what blocks refer to."""

from tests.pages.building import *  # noqa: F403
