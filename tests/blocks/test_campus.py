"""The campus a visitor chose is remembered, without a word about the person."""

import pytest
from django.test import Client

from blocks.campus import choosing_url


@pytest.mark.req("46.25")
def test_a_chosen_campus_is_remembered_and_the_way_goes_on(client: Client) -> None:
    answer = client.get(choosing_url("A", "/departments/?campus=A"))

    assert (answer.status_code, answer["Location"]) == (302, "/departments/?campus=A")
    assert client.cookies["ph_campus"].value == "A"


@pytest.mark.parametrize("target", ["https://evil.example/", "//evil.example", "evil", "", "/\\evil.example"])
def test_the_way_never_leads_outside(client: Client, target: str) -> None:
    answer = client.get("/-/campus/", {"campus": "A", "next": target})

    assert answer["Location"] == "/"


@pytest.mark.parametrize("code", ["A;path=/", "<b>", "x" * 41])
def test_what_is_no_code_is_not_remembered(client: Client, code: str) -> None:
    client.get("/-/campus/", {"campus": code})

    assert "ph_campus" not in client.cookies
