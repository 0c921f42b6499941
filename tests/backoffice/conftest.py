"""Roles and signed-in staff."""

from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client

from cms.backoffice.roles import setup_roles
from tests.backoffice import builders
from tests.pages.building import home  # noqa: F401


@pytest.fixture
def roles(db: None) -> dict[str, Any]:
    """Set up the roles."""
    return setup_roles()


@pytest.fixture
def as_role(roles: dict[str, Any]) -> Callable[..., Client]:
    """Give a client signed in as somebody with the named roles; ``superuser`` is one too."""

    def sign_in(*names: str) -> Client:
        user = builders.staff(*names, is_superuser="superuser" in names)
        client = Client()
        client.force_login(user)
        client.user = user  # type: ignore[attr-defined]
        return client

    return sign_in
