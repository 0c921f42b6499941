"""Staff, a home page and articles."""

from tests.articles.conftest import *  # noqa: F403
from tests.backoffice.conftest import *  # noqa: F403
