"""The suite's own ground: what an emptied database has again."""

import pytest
from django.core.management import call_command
from django.test import Client
from wagtail.models import Collection, Page

from cms.backoffice.roles import setup_roles

pytestmark = pytest.mark.django_db(transaction=True)


def test_after_a_flush_wagtails_roots_are_back(client: Client) -> None:
    call_command("flush", verbosity=0, interactive=False)

    assert Page.get_first_root_node().is_root()
    assert Collection.get_first_root_node().is_root()
    assert setup_roles()
