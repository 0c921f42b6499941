"""How much one may send: patients little, staff what pages and films need."""

import pytest
from django.conf import settings
from django.test import Client
from django.urls import reverse

from cms import body_size
from cms.pages.models import PortalPage

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("address", ["/-/campus/", "/", "/no-such-page/"])
def test_a_patient_who_sends_too_much_is_told_in_a_sentence(home: PortalPage, site: object, address: str) -> None:
    answer = Client().post(address, {"text": "长" * body_size.MOST_BYTES})
    assert answer.status_code == 413
    assert "填写的内容太长" in answer.content.decode()


def test_what_patients_fill_in_and_staff_upload_passes(home: PortalPage, site: object) -> None:
    assert Client().post("/-/campus/", {"text": "长" * 10_000}).status_code != 413
    sign_in = reverse("wagtailadmin_login")
    assert Client().post(sign_in, {"username": "a" * (body_size.MOST_BYTES + 1)}).status_code == 200
    assert body_size.MOST_BYTES < settings.DATA_UPLOAD_MAX_MEMORY_SIZE
