"""A site with a home page, signed-in staff."""

from tests.backoffice.conftest import *  # noqa: F403
from tests.pages.building import *  # noqa: F403
