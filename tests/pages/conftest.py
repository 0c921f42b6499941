"""A site with a home page, for the tests of pages and blocks."""

from tests.pages.building import *  # noqa: F403
from tests.pages.keeping import *  # noqa: F403
from tests.pages.probe import *  # noqa: F403
