"""The editor's desk with a site and somebody who may do everything."""

from typing import Any

import pytest
from django.contrib.auth import get_user_model
from django.test import Client

from tests.pages.building import *  # noqa: F403


@pytest.fixture
def desk(home: Any, site: Any, client: Client) -> Client:
    """Give a browser in which the editor-in-chief is signed in."""
    user = get_user_model().objects.create_superuser("chief", "chief@example.org", "x")
    client.force_login(user)
    return client
