"""Encryption at rest, masking, and the audit chain."""

import base64
import json
import re
import threading
from typing import Any

import pytest
from django.db import connection, connections, transaction
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from business.security import audit, crypto, masking
from business.security.fields import EncryptedTextField
from business.security.models import AuditChain, AuditEvent
from business.security.refs import ALPHABET, new_ref
from tests.factories import PatientFactory

OLD, NEW = "old:MDEyMzQ1Njc4OWFiY2RlZg==", "new:ZmVkY2JhOTg3NjU0MzIxMA=="


@given(st.text(max_size=300), st.text(max_size=40))
def test_what_was_encrypted_is_read_again_and_never_looks_the_same(text: str, context: str) -> None:
    one, two = crypto.encrypt(text, context=context), crypto.encrypt(text, context=context)

    assert crypto.decrypt(one, context=context) == text
    assert one != two
    assert not text or len(text) < 4 or text not in one


@given(st.text(min_size=1, max_size=60), st.integers(0, 10_000), st.integers(1, 255))
def test_a_changed_byte_is_always_noticed(text: str, place: int, change: int) -> None:
    prefix, key_id, encoded = crypto.encrypt(text, context="a").split("$")
    raw = bytearray(base64.b64decode(encoded))
    raw[place % len(raw)] ^= change

    with pytest.raises(crypto.DecryptionError):
        crypto.decrypt(f"{prefix}${key_id}${base64.b64encode(raw).decode()}", context="a")


@pytest.mark.parametrize("stored", ["", "x", "sm4g1$test$", "sm4g1$gone$AAAA", "other$test$AAAA", "sm4g1$test$%%%"])
def test_what_is_no_ciphertext_is_not_read(stored: str) -> None:
    with pytest.raises(crypto.DecryptionError):
        crypto.decrypt(stored, context="a")


def test_a_value_moved_to_another_field_is_not_read() -> None:
    with pytest.raises(crypto.DecryptionError):
        crypto.decrypt(crypto.encrypt("林晓雯", context="patients.Patient.name"), context="patients.Patient.phone")


@pytest.mark.req("G5.1")
def test_keys_are_rotated_by_putting_a_new_one_in_front(settings: Any) -> None:
    settings.FIELD_KEYS = OLD
    old = crypto.encrypt("林晓雯", context="a")

    settings.FIELD_KEYS = f"{NEW},{OLD}"
    assert crypto.decrypt(old, context="a") == "林晓雯"
    new = crypto.encrypt("林晓雯", context="a")
    assert new.startswith("sm4g1$new$")

    settings.FIELD_KEYS = NEW
    assert crypto.decrypt(new, context="a") == "林晓雯"
    with pytest.raises(crypto.DecryptionError):
        crypto.decrypt(old, context="a")


def test_the_blind_index_separates_purposes_and_keys(settings: Any) -> None:
    index = crypto.blind_index("phone", "13871326620")

    assert re.fullmatch("[0-9a-f]{64}", index)
    assert crypto.blind_index("phone", " 13871326620 ") == index
    assert crypto.blind_index("id", "13871326620") != index
    settings.BLIND_INDEX_KEY = base64.b64encode(b"k" * 32).decode()
    assert crypto.blind_index("phone", "13871326620") != index


def test_an_encrypted_field_cannot_be_searched() -> None:
    assert EncryptedTextField().get_lookup("exact") is None
    assert EncryptedTextField().get_lookup("isnull") is not None


@given(st.from_regex(r"[1-9]\d{16}[\dX]", fullmatch=True), st.text("汉字 ,，：", max_size=5))
def test_an_id_number_in_a_sentence_is_never_readable(number: str, around: str) -> None:
    assert number not in masking.mask_text(f"{around}{number}{around}")


@given(st.from_regex(r"1[3-9]\d{9}", fullmatch=True))
def test_a_phone_number_is_never_readable(phone: str) -> None:
    for text in (
        masking.mask_phone(phone),
        masking.mask_text(f"电话{phone}。"),
        masking.mask_json({"x": [phone]})["x"][0],
    ):
        assert phone not in text


@given(
    st.recursive(
        st.text(max_size=20) | st.integers() | st.none(), lambda v: st.lists(v) | st.dictionaries(st.text(), v)
    )
)
def test_masking_keeps_the_shape_and_never_fails(value: Any) -> None:
    assert json.dumps(masking.mask_json(value)) is not None


def test_personal_data_and_secrets_are_masked_at_any_depth() -> None:
    masked = masking.mask_json(
        {
            "patient": {"name": "林晓雯", "id_number": "11010519491231002X", "birth_date": "1949-12-31"},
            "rows": [{"phone": "13871326620"}, {"openid": "oABCDEFGHIJKLMN"}],
            "access_token": "very-secret",
            "fee_fen": 5000,
        }
    )

    assert masked == {
        "patient": {"name": "**雯", "id_number": "1101**********002X", "birth_date": "***"},
        "rows": [{"phone": "138****6620"}, {"openid": "***********KLMN"}],
        "access_token": "***",
        "fee_fen": 5000,
    }


def test_references_are_long_random_and_plain() -> None:
    refs = {new_ref() for _ in range(1000)}

    assert len(refs) == 1000
    assert all(len(ref) == 20 and set(ref) <= set(ALPHABET) for ref in refs)


def write(count: int = 3) -> list[AuditEvent]:
    return [audit.record("test.event", program="tests", detail={"n": n, "phone": "13871326620"}) for n in range(count)]


@pytest.mark.django_db
class TestAuditTrail:
    """T12, T13, T15."""

    @pytest.mark.req("G2.1")
    def test_an_untouched_trail_is_whole(self) -> None:
        write()
        PatientFactory()

        assert list(audit.broken_links()) == []
        assert AuditEvent.objects.first().detail["phone"] == "138****6620"  # type: ignore[union-attr]

    @pytest.mark.parametrize(
        "change", [{"actor": "somebody"}, {"result": "denied"}, {"detail": {"n": 9}}, {"event": "other"}]
    )
    def test_a_changed_row_is_found(self, change: dict[str, Any]) -> None:
        rows = write()
        AuditEvent.objects.filter(pk=rows[1].pk).update(**change)

        assert list(audit.broken_links()) == [rows[1]]

    def test_a_removed_row_is_found(self) -> None:
        rows = write()
        with connection.cursor() as cursor:
            cursor.execute("DELETE FROM security_auditevent WHERE id = %s", [rows[1].pk])

        assert list(audit.broken_links()) == [rows[2]]

    def test_rows_cut_off_at_the_end_are_found(self) -> None:
        rows = write()
        with connection.cursor() as cursor:
            cursor.execute("DELETE FROM security_auditevent WHERE id = %s", [rows[2].pk])

        assert audit.end_is_whole() is False
        write(1)
        assert len(list(audit.broken_links())) == 1

    def test_a_forged_row_is_found(self) -> None:
        rows = write()
        forged = AuditEvent(at=rows[2].at, actor_kind="system", actor="tests", event="forged", seal="0" * 64)
        AuditEvent.objects.bulk_create([forged])

        assert [row.event for row in audit.broken_links()] == ["forged"]

    def test_the_trail_only_grows(self) -> None:
        (row,) = write(1)

        with pytest.raises(TypeError):
            row.save()
        with pytest.raises(TypeError):
            row.delete()

    def test_a_deed_and_its_record_fall_together(self) -> None:
        with pytest.raises(ZeroDivisionError), transaction.atomic():
            write()
            raise ZeroDivisionError

        assert not AuditEvent.objects.exists()
        assert list(audit.broken_links()) == []


@pytest.mark.three_databases
@pytest.mark.django_db(transaction=True)
def test_concurrent_writers_make_one_chain() -> None:
    def several() -> None:
        try:
            write(5)
        finally:
            connections.close_all()

    threads = [threading.Thread(target=several) for _ in range(5)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert AuditEvent.objects.count() == 25
    assert list(audit.broken_links()) == []
    assert AuditChain.objects.get().last_seal == AuditEvent.objects.order_by("-id")[0].seal


hypothesis_settings.register_profile("portal", deadline=None, suppress_health_check=[HealthCheck.too_slow])
hypothesis_settings.load_profile("portal")
