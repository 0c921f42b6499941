"""Paths, parameters, and calls to HIS and to allowed addresses, over HTTP."""

import json
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
from django.core.cache import cache
from hypothesis import given as given_values
from hypothesis import strategies as st

from business.datasources import calls, paths, reading
from business.datasources.errors import AddressNotAllowed, MissingParameter, SourceClosed
from business.datasources.models import DataSource
from business.datasources.parameters import Given, values_for
from business.integration.models import CallLog
from business.integration.outcomes import Refused, Unknown
from tests.factories import DataSourceFactory

pytestmark = [pytest.mark.django_db, pytest.mark.req("G5.5")]


@pytest.fixture(autouse=True)
def empty_cache():
    cache.clear()
    yield
    cache.clear()


def parameter(name, origin="query", value="", required=False):
    return {"name": name, "origin": origin, "value": value, "required": required}


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=6), inner, max_size=4),
    max_leaves=20,
)


@given_values(JSON)
def test_every_field_offered_is_found_where_it_is_said_to_be(data) -> None:
    for path, value in paths.fields_of(data):
        assert paths.value_at(data, path) is value


@pytest.mark.parametrize("path", ["__class__", "0.__class__.__mro__", "a.__init__", "a.-1", "a.9", "a..b", "x"])
def test_a_path_reaches_nothing_but_keys_and_entries(path) -> None:
    assert paths.value_at({"a": [1, 2]}, path) is paths.MISSING


def test_parameters_come_from_where_the_administrator_said() -> None:
    source = DataSourceFactory.build(
        parameters=[
            parameter("kind", "fixed", "adult"),
            parameter("code", "query", "id"),
            parameter("site", "campus"),
            parameter("patient_id", "patient"),
        ]
    )
    given = Given(query={"id": "7", "kind": "forged", "patient_id": "forged"}, campus="A", patient_number="P1")
    assert values_for(source, given) == {"kind": "adult", "code": "7", "site": "A", "patient_id": "P1"}


def test_a_page_opened_without_what_is_needed_says_so() -> None:
    with pytest.raises(MissingParameter, match="上一页"):
        values_for(DataSourceFactory.build(parameters=[parameter("code", required=True)]), Given())


def test_a_his_service_is_asked_over_http_and_its_answer_kept_for_a_while(sandbox) -> None:
    source = DataSourceFactory(target="exam-packages", cache_seconds=60)

    first, second = reading.read(source, Given()), reading.read(source, Given())

    assert [one["code"] for one in first] == ["basic", "senior", "women", "heart"]
    assert first == second
    assert CallLog.objects.filter(operation="service.exam-packages").count() == 1


def test_what_belongs_to_a_patient_is_asked_afresh_every_time(sandbox) -> None:
    source = DataSourceFactory(target="vaccinations", parameters=[parameter("patient_id", "patient", required=True)])
    for _time in range(2):
        assert reading.read(source, Given(patient_number="nobody")) is None
    assert CallLog.objects.filter(operation="service.vaccinations").count() == 2


def test_a_change_of_the_source_makes_old_answers_worthless(sandbox) -> None:
    source = DataSourceFactory(target="exam-package", parameters=[parameter("code", "fixed", "basic")])
    assert reading.read(source, Given())["code"] == "basic"
    source.parameters = [parameter("code", "fixed", "heart")]
    source.save()
    assert reading.read(source, Given())["code"] == "heart"


def test_a_service_that_his_does_not_have_is_refused_and_a_silent_one_is_unknown(sandbox) -> None:
    with pytest.raises(Refused):
        reading.read(DataSourceFactory(target="nonsense"), Given())
    sandbox.fault("his.service", "http")
    with pytest.raises(Unknown):
        reading.read(DataSourceFactory(), Given())


def test_a_source_that_is_switched_off_is_closed() -> None:
    source = DataSourceFactory(is_active=False)
    with pytest.raises(SourceClosed, match="暂时关闭"):
        reading.get_source(source.code, DataSource.Purpose.READ)


def test_a_sample_is_short_and_masked(sandbox) -> None:
    source = DataSourceFactory(target="exam-packages", sample=None)
    reading.take_sample(source, Given())
    source.refresh_from_db()
    assert len(source.sample) == 3
    assert ("price_fen", "28000") in reading.sample_fields(source, inside_list=True)


# --- web addresses ---------------------------------------------------------------------------------------------------


@pytest.fixture
def site(settings):
    """A web server on the list, that answers what it is told to."""
    answers: dict[str, tuple[int, dict[str, str], bytes]] = {}

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            status, headers, body = answers[self.path.partition("?")[0]]
            self.send_response(status)
            for name, value in headers.items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *args: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    host = f"127.0.0.1:{server.server_port}"
    settings.DATA_HOSTS = frozenset({host})

    def put(path: str, body: object, status: int = 200, **headers: str) -> DataSource:
        raw = body if isinstance(body, bytes) else json.dumps(body).encode()
        answers[path] = (status, headers, raw)
        return DataSourceFactory(kind="http", target=f"http://{host}{path}", cache_seconds=0)

    yield put
    server.shutdown()
    server.server_close()


def test_an_allowed_address_is_read(site) -> None:
    assert reading.read(site("/list", [{"a": 1}]), Given()) == [{"a": 1}]


@pytest.mark.parametrize(
    ("body", "status", "ending"),
    [(b"<html>", 200, Unknown), (b"{}", 500, Unknown), (b"{}", 403, Refused), (b"x" * 600_000, 200, Unknown)],
)
def test_what_is_no_good_answer_has_a_clear_ending(site, body, status, ending) -> None:
    with pytest.raises(ending):
        reading.read(site("/bad", body, status), Given())


def test_a_redirection_is_not_followed(site) -> None:
    with pytest.raises(Unknown):
        reading.read(site("/away", b"", 302, Location="http://169.254.169.254/latest/"), Given())


@pytest.mark.parametrize(
    "target",
    [
        "http://169.254.169.254/latest/meta-data/",
        "http://127.0.0.1:6379/",
        "http://allowed.example@evil.example/",
        "file:///etc/passwd",
        "//evil.example/x",
        "http://allowed.example:81/",
    ],
)
def test_an_address_off_the_list_is_never_called(target, settings) -> None:
    settings.DATA_HOSTS = frozenset({"allowed.example"})
    with pytest.raises((AddressNotAllowed, ValueError)):
        calls.check_target("http", target)
    source = DataSourceFactory(kind="http", target=target)
    with pytest.raises((AddressNotAllowed, ValueError)):
        reading.read(source, Given())
    assert not CallLog.objects.exists()
