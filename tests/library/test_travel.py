"""What blocks refer to is found, rewritten and checked, whatever the blocks are."""

import copy
from typing import Any

import pytest
from django.core.files.base import ContentFile
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from wagtail.documents import get_document_model
from wagtailmedia.models import get_media_model

from blocks.registry import PortalStreamBlock
from cms.library import travel
from tests.factories import CampusFactory, DepartmentFactory
from tests.library.values import EverywhereBlock, Keys, new_id, values
from tests.pages.building import block, make_image, make_page

PROPERTY = settings(
    max_examples=15,
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow, HealthCheck.data_too_large],
)
NUMBERS: Keys = {
    "wagtailcore.page": [1, 2, 3],
    "wagtailimages.image": [4, 5],
    "wagtaildocs.document": [6, 7],
    "wagtailmedia.media": [8],
    "hospital.department": [9],
}
STREAMS = [EverywhereBlock(), PortalStreamBlock()]


def ids_in(raw: Any) -> list[str]:
    if isinstance(raw, dict):
        own = [raw["id"]] if "id" in raw and "type" in raw else []
        return own + [one for value in raw.values() for one in ids_in(value)]
    return [one for item in raw for one in ids_in(item)] if isinstance(raw, list) else []


@pytest.mark.parametrize("stream", STREAMS, ids=["everywhere", "registry"])
@pytest.mark.req("46.8")
@PROPERTY
@given(data=st.data())
def test_rewriting_every_reference_to_itself_keeps_the_data(stream: Any, data: Any) -> None:
    raw = data.draw(values(stream, NUMBERS))
    before = copy.deepcopy(raw)

    assert travel.rewrite(stream, raw, lambda reference: reference.key) == before
    assert raw == before


@PROPERTY
@given(data=st.data())
def test_rewriting_there_and_back_keeps_the_data(data: Any) -> None:
    stream = EverywhereBlock()
    raw = data.draw(values(stream, NUMBERS))

    def there(reference: travel.Reference) -> Any:
        return f"{reference.kind}:{reference.key}"

    def back(reference: travel.Reference) -> Any:
        key = reference.key.rpartition(":")[2]
        return int(key) if key.isdigit() else key

    assert travel.rewrite(stream, travel.rewrite(stream, raw, there), back) == raw


@PROPERTY
@given(data=st.data())
def test_nothing_is_referred_to_once_everything_is_taken_out(data: Any) -> None:
    stream = EverywhereBlock()
    raw = data.draw(values(stream, NUMBERS))

    assert travel.references(stream, travel.rewrite(stream, raw, lambda reference: travel.GONE)) == []


@PROPERTY
@given(data=st.data())
def test_new_ids_change_every_id_and_nothing_else(data: Any) -> None:
    stream = EverywhereBlock()
    raw = data.draw(values(stream, NUMBERS))

    renewed = travel.renew_ids(stream, raw)

    assert not set(ids_in(raw)) & set(ids_in(renewed))
    assert len(set(ids_in(renewed))) == len(ids_in(raw))
    plain = [(r.kind, r.by, r.key, r.place) for r in travel.references(stream, raw)]
    assert plain == [(r.kind, r.by, r.key, r.place) for r in travel.references(stream, renewed)]


@pytest.fixture
def targets(home: Any) -> Keys:
    file = ContentFile(b"%PDF-1.4", name="a.pdf")
    return {
        "wagtailcore.page": [make_page(home, "甲").pk, make_page(home, "乙").pk],
        "wagtailimages.image": [make_image().pk, make_image().pk],
        "wagtaildocs.document": [get_document_model().objects.create(title="附件", file=file).pk],
        "wagtailmedia.media": [
            get_media_model().objects.create(title="视频", type="video", file=ContentFile(b"x", name="a.mp4")).pk
        ],
        "hospital.department": [DepartmentFactory().pk],
    }


@pytest.mark.django_db
@pytest.mark.parametrize("stream", STREAMS, ids=["everywhere", "registry"])
@pytest.mark.req("46.8")
@PROPERTY
@given(data=st.data())
def test_what_wagtails_index_finds_is_found_here_at_the_same_place(stream: Any, targets: Keys, data: Any) -> None:
    raw = data.draw(values(stream, targets))

    of_wagtail = {
        (travel.kind_of(model), str(key), path)
        for model, key, _model_path, path in stream.extract_references(stream.to_python(raw))
    }

    ours = {(r.kind, str(r.key), r.path) for r in travel.references(stream, raw) if not r.is_portable}
    assert of_wagtail <= ours


def test_a_link_that_goes_leaves_its_words_and_a_picture_leaves_nothing() -> None:
    html = (
        '<p>见<a linktype="page" id="3">挂号<b>须知</b></a>。</p><embed alt="" embedtype="image" format="left" id="5"/>'
    )
    raw = [block("rich_text", {"text": html})]

    rewritten = travel.rewrite(PortalStreamBlock(), raw, lambda reference: travel.GONE)

    assert rewritten[0]["value"]["text"] == "<p>见挂号<b>须知</b>。</p>"


def test_the_place_of_a_reference_is_said_in_chinese() -> None:
    slide = {"image": {"image": 5, "alt_text": "楼", "decorative": False}, "link": {"page": 7}}
    raw = [block("banner", {"slides": [{"type": "item", "value": slide, "id": new_id()}]})]

    image, page = travel.references(PortalStreamBlock(), raw)

    assert image.place == "第 1 块「轮播图」 › 图片 1 › 图片"
    assert page.place.endswith("链接到页面")


@pytest.mark.django_db
def test_pasting_takes_out_what_is_not_here_and_says_so(home: Any) -> None:
    # Given a picture, a page and a campus that exist, and others that do not
    CampusFactory(code="main")
    page = make_page(home, "须知")
    raw = [
        block("card_list", {"items": [{"title": "甲", "link": {"page": page.pk}}, {"link": {"page": 999999}}]}),
        block("image", {"image": {"image": 999999, "alt_text": "图"}}, settings={"campuses": ["main", "mars"]}),
        block("from_the_future", {}),
    ]

    arrival = travel.arrive(PortalStreamBlock(), raw)

    # Then the former stay
    cards, image = arrival.raw
    assert [card["link"]["page"] for card in cards["value"]["items"]] == [page.pk, None]
    assert image["value"]["image"]["image"] is None
    assert image["value"]["settings"]["campuses"] == ["main"]
    assert cards["id"] != raw[0]["id"]
    # And each loss is a sentence
    assert len(arrival.sentences) == 4
    assert "「from_the_future」组件在这里不存在（第 3 块），不能带过来。" in arrival.sentences
    assert any("没有代码为 mars 的院区" in sentence for sentence in arrival.sentences)


@pytest.mark.django_db
def test_numbers_of_another_installation_mean_nothing_here(home: Any) -> None:
    CampusFactory(code="main")
    page = make_page(home, "须知")
    raw = [block("card_list", {"items": [{"link": {"page": page.pk}}]}, settings={"campuses": ["main"]})]

    arrival = travel.arrive(PortalStreamBlock(), raw, from_here=False)

    assert arrival.raw[0]["value"]["items"][0]["link"]["page"] is None
    assert arrival.raw[0]["value"]["settings"]["campuses"] == ["main"]


@pytest.mark.django_db
def test_the_number_of_queries_does_not_grow_with_the_number_of_references(
    home: Any, django_assert_num_queries: Any
) -> None:
    page = make_page(home, "须知")
    cards = [{"link": {"page": page.pk}, "image": {"image": n}} for n in range(20)]
    found = travel.references(PortalStreamBlock(), [block("card_list", {"items": cards})])

    with django_assert_num_queries(2):
        assert len(travel.losses(found)) == 20
