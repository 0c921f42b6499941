"""A site with a home page, and staff of each role."""

from tests.compose.conftest import as_role, roles  # noqa: F401
from tests.pages.building import *  # noqa: F403
