"""A site, roles, and the sandbox's official account."""

from tests.backoffice.conftest import *  # noqa: F403
from tests.pages.building import *  # noqa: F403
