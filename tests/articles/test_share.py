"""The signature of the share card is given for our own pages and for nothing else."""

from typing import Any

import pytest
from django.test import Client, RequestFactory
from django.urls import reverse

from cms.articles.views import is_own

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(
    ("url", "own"),
    [
        ("https://portal.example.org/articles/a/?x=1", True),
        ("http://testserver/articles/a/", True),
        ("https://portal.example.org.evil.example/", False),
        ("https://portal.example.org@evil.example/", False),
        ("https://evil.example/?https://portal.example.org/", False),
        ("//portal.example.org/", False),
        ("javascript:alert(1)", False),
        ("http://portal.example.org/", False),
        ("https://portal.example.org\\@evil.example/", False),
        ("https://portal.example.org/\r\nx", False),
        ("https://[portal", False),
        ("", False),
        ("https://portal.example.org/" + "x" * 3000, False),
    ],
)
def test_only_own_pages(settings: Any, url: str, own: bool):
    settings.PORTAL_URL = "https://portal.example.org"
    assert is_own(url, RequestFactory().get("/", headers={"host": "testserver"})) is own


def test_a_foreign_address_is_refused(client: Client):
    assert client.get(reverse("share_config"), {"url": "https://evil.example/"}).status_code == 403
    assert client.get(reverse("share_config")).status_code == 403


def test_the_signature_covers_the_address_without_its_fragment(client: Client, sandbox: Any):
    url = "http://testserver/articles/a/?x=1"
    answer = client.get(reverse("share_config"), {"url": f"{url}#top"})
    config = answer.json()
    assert set(config) == {"appId", "timestamp", "nonceStr", "signature"}
    assert config["appId"] == sandbox.credentials.appid
    assert "no-store" in answer["Cache-Control"]
    import hashlib

    from business.integration.models import SharedValue

    ticket = SharedValue.objects.get(name__endswith=":jsapi_ticket").value
    text = f"jsapi_ticket={ticket}&noncestr={config['nonceStr']}&timestamp={config['timestamp']}&url={url}"
    assert config["signature"] == hashlib.sha1(text.encode(), usedforsecurity=False).hexdigest()


def test_without_an_official_account_there_is_simply_no_card(client: Client, settings: Any):
    settings.WECHAT = {**settings.WECHAT, "APP_ID": "", "SECRET": ""}
    assert client.get(reverse("share_config"), {"url": "http://testserver/"}).status_code == 503
