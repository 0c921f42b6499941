"""What anybody may send to the address of notices: refused and written down, never a fault of ours."""

import pytest

from business.integration.models import CallLog
from business.payments import services
from business.payments.channels.port import BadNotification
from tests.payments.fakes import FakeChannel

pytestmark = [pytest.mark.django_db, pytest.mark.three_databases]


@pytest.mark.req("34.1", "45.1")
@pytest.mark.parametrize("body", [b"\x00\x00", b'{"event_type": "\\u0000"}', b"\xff\xfe", b""])
def test_nonsense_is_refused_and_written_down(channel: FakeChannel, body: bytes) -> None:
    with pytest.raises(BadNotification):
        services.handle_notification({"request-id": "x" * 300}, body)

    assert CallLog.objects.get().outcome == CallLog.Outcome.REFUSED
