"""One command after each upgrade."""

from io import StringIO

import pytest
from django.contrib.auth.models import Group
from django.core.management import call_command

from cms.backoffice.roles import EDITOR
from cms.blockrules.models import BlockUse
from cms.library.models import PageTemplate
from cms.pages.models import PortalPage
from tests.pages.building import block, make_page


@pytest.mark.django_db
def test_an_older_installation_gets_what_it_lacks_and_keeps_what_staff_changed(home: PortalPage) -> None:
    # Given an installation whose editors lack a right, without templates, and with uses nobody counted
    call_command("setup_roles", stdout=StringIO())
    editors = Group.objects.get(name=EDITOR)
    rights = editors.permissions.count()
    editors.permissions.remove(editors.permissions.first())
    make_page(home, "通知", [block("notice", {"text": "请带身份证"})])
    BlockUse.objects.all().delete()
    PageTemplate.objects.all().delete()
    # When it is upgraded
    call_command("upgrade_portal", stdout=StringIO())
    # Then everything is there
    assert editors.permissions.count() == rights
    shipped = PageTemplate.objects.count()
    assert shipped > 5
    assert BlockUse.objects.filter(block_type="notice").exists()
    # And a second time changes nothing, not even what staff have changed since
    changed = PageTemplate.objects.first()
    assert changed is not None
    PageTemplate.objects.filter(pk=changed.pk).update(name="我们的首页")
    call_command("upgrade_portal", stdout=StringIO())
    assert PageTemplate.objects.count() == shipped
    assert PageTemplate.objects.get(pk=changed.pk).name == "我们的首页"
