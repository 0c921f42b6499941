"""Every broken bundle ends in a sentence that says what is wrong, and changes nothing."""

import hashlib
import io
import json
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.core.management import CommandError, call_command
from django.test import Client
from django.urls import reverse
from wagtail.contrib.redirects.models import Redirect
from wagtail.models import Page

from business.security.models import AuditEvent
from cms.bundles import archive
from cms.bundles.applying import compare
from cms.bundles.archive import Bundle, as_json
from cms.bundles.errors import BundleError
from cms.bundles.models import Upload
from cms.bundles.planning import Status
from tests.bundles.conftest import destination
from tests.library.test_templates import staff

pytestmark = [pytest.mark.django_db, pytest.mark.req("46.9")]

Change = Callable[[dict[str, bytes]], None]


def rebuilt(path: Path, change: Change, *, hashes: bool = True) -> Path:
    """Write a bundle again after a change of its parts, with right hashes unless they are to be wrong."""
    with zipfile.ZipFile(path) as old:
        parts = {name: old.read(name) for name in old.namelist()}
    change(parts)
    if hashes:
        manifest = json.loads(parts["manifest.json"])
        manifest["parts"] = {
            name: {"sha256": hashlib.sha256(data).hexdigest(), "size": len(data)}
            for name, data in parts.items()
            if name != "manifest.json"
        }
        parts["manifest.json"] = as_json(manifest)
    new = path.with_name(f"changed-{path.name}")
    with zipfile.ZipFile(new, "w", zipfile.ZIP_DEFLATED) as archive_file:
        for name, data in parts.items():
            archive_file.writestr(name, data)
    return new


def in_json(part: str, change: Callable[[Any], Any]) -> Change:
    def apply(parts: dict[str, bytes]) -> None:
        data = json.loads(parts[part])
        parts[part] = as_json(change(data) or data)

    return apply


def no_file(parts: dict[str, bytes]) -> None:
    del parts[next(name for name in parts if name.startswith("files/"))]


BROKEN: dict[str, tuple[Change, str, str]] = {
    "newer format": (in_json("manifest.json", lambda m: {**m, "format": 3}), "newer", "请先升级本系统"),
    "newer product": (in_json("manifest.json", lambda m: {**m, "product": "99.0.0"}), "newer", "99.0.0"),
    "missing picture": (no_file, "missing_file", "缺少图片或文件「门诊楼」"),
    "duplicate slugs": (
        in_json("pages.json", lambda pages: [pages[0], pages[1], {**pages[2], "slug": pages[1]["slug"]}]),
        "duplicate_slug",
        "两个同级页面的地址都是「guide」",
    ),
    "path traversal": (lambda parts: parts.update({"../../evil.py": b"x"}), "strange_part", "不该有的文件"),
    "program": (lambda parts: parts.update({f"files/{'a' * 64}.py": b"x"}), "wrong_hash", "与清单不符"),
    "no pages": (in_json("pages.json", lambda pages: pages.clear()), "empty", "没有页面"),
    "orphan": (in_json("pages.json", lambda p: p[1].update(parent="nobody")), "damaged", "包已损坏"),
    "not JSON": (lambda parts: parts.update({"pages.json": b"{"}), "damaged", "无法读取"),
    "no manifest": (lambda parts: parts.pop("things.json"), "missing_part", "缺少「things.json」"),
}


@pytest.mark.parametrize("name", BROKEN)
def test_a_broken_bundle_is_refused_with_the_reason(hospital: Any, carrier: Any, name: str) -> None:
    change, code, words = BROKEN[name]
    path = rebuilt(carrier.export(hospital), change)

    with pytest.raises(BundleError) as refusal:
        Bundle(path)

    assert (refusal.value.code, words in refusal.value.sentence) == (code, True), refusal.value.sentence


def test_a_changed_picture_is_noticed(hospital: Any, carrier: Any) -> None:
    def swap(parts: dict[str, bytes]) -> None:
        parts[next(name for name in parts if name.startswith("files/"))] = b"something else"

    with pytest.raises(BundleError, match="与清单不符"):
        Bundle(rebuilt(carrier.export(hospital), swap, hashes=False))


def test_a_truncated_or_foreign_file_is_noticed(hospital: Any, carrier: Any, tmp_path: Path) -> None:
    path = carrier.export(hospital)
    data = path.read_bytes()
    for content in (data[: len(data) // 2], data[:40], b"", b"%PDF-1.4 not a zip"):
        broken = tmp_path / "broken.zip"
        broken.write_bytes(content)
        with pytest.raises(BundleError, match="已损坏或不完整"):
            Bundle(broken)
    with zipfile.ZipFile(tmp_path / "other.zip", "w") as other:
        other.writestr("readme.txt", "x")
    with pytest.raises(BundleError, match="不是门户包"):
        Bundle(tmp_path / "other.zip")


def test_damage_inside_a_part_is_noticed(hospital: Any, carrier: Any, tmp_path: Path) -> None:
    path = carrier.export(hospital)
    data = bytearray(path.read_bytes())
    with zipfile.ZipFile(path) as whole:
        start = whole.getinfo("pages.json").header_offset + 40
    data[start : start + 30] = b"\xff" * 30
    broken = tmp_path / "broken.zip"
    broken.write_bytes(data)
    with pytest.raises(BundleError, match="已损坏或不完整"):
        Bundle(broken)
    broken.unlink()  # somebody cancelled it meanwhile
    with pytest.raises(BundleError, match="已损坏或不完整"):
        Bundle(broken)


def test_a_bomb_and_a_giant_are_refused(hospital: Any, carrier: Any, monkeypatch: Any) -> None:
    path = carrier.export(hospital)
    monkeypatch.setattr(archive, "MOST_UNPACKED", 500)
    with pytest.raises(BundleError, match="解压后的内容太大"):
        Bundle(path)
    monkeypatch.setattr(archive, "MOST_BYTES", 100)
    with pytest.raises(BundleError, match="不能导入"):
        Bundle(path)


def test_what_this_version_lacks_is_said_and_left_out(hospital: Any, site: Any, carrier: Any) -> None:
    def future(pages: list[dict[str, Any]]) -> None:
        guide = next(page for page in pages if page["slug"] == "guide")
        guide["key"] = "11111111-0000-4000-8000-000000000001"
        guide["slug"], guide["title"] = "future", "未来"
        guide["fields"]["body"].append({"type": "hologram", "value": {}, "id": "x"})
        draft = next(page for page in pages if page["slug"] == "draft")
        draft["type"], draft["slug"] = "hologram.page", "hologram"

    path = rebuilt(carrier.export(hospital), in_json("pages.json", future))

    plan = compare(Bundle(path), destination(site))
    new, blocked = plan.of(Status.NEW)[0], plan.of(Status.BLOCKED)[0]
    assert "「hologram」组件在这里不存在" in new.notes[0]
    assert "这里没有「hologram.page」这种页面类型" in blocked.notes[0]

    outcome = carrier.load(path, site)
    assert (outcome.created, len(outcome.left_out)) == (["未来"], 1)
    assert [child.block_type for child in Page.objects.get(slug="future").specific.body] == ["rich_text"]


def test_nonsense_in_fields_is_refused_as_a_whole(hospital: Any, site: Any, carrier: Any) -> None:
    def nonsense(pages: list[dict[str, Any]]) -> None:
        pages[1]["key"], pages[1]["slug"] = "k", "k"
        pages[1]["fields"]["go_live_at"] = "yesterday"

    path = rebuilt(carrier.export(hospital), in_json("pages.json", nonsense))
    before = Page.objects.count()

    with pytest.raises(BundleError, match="格式不对"):
        carrier.load(path, site)
    assert Page.objects.count() == before


def test_a_code_without_a_model_is_refused_as_a_whole(hospital: Any, site: Any, carrier: Any) -> None:
    def nonsense(pages: list[dict[str, Any]]) -> None:
        intro = next(page for page in pages if page["slug"] == "gastro")
        intro["fields"]["department"] = "code:x"

    with pytest.raises(BundleError, match="格式不对"):
        compare(Bundle(rebuilt(carrier.export(hospital), in_json("pages.json", nonsense))), destination(site))


def test_references_to_rows_by_number_mean_nothing(hospital: Any, site: Any, carrier: Any) -> None:
    """A forged bundle cannot name a row of this database."""

    def forge(pages: list[dict[str, Any]]) -> None:
        pages[0]["fields"]["body"][2]["value"]["link"]["page"] = hospital.pk
        pages[0]["title"] = "改"

    path = rebuilt(carrier.export(hospital), in_json("pages.json", forge))
    keys = frozenset(row.key for row in compare(Bundle(path), destination(site)).rows)

    carrier.load(path, site, take=keys)

    assert Page.objects.get(pk=hospital.pk).specific.body[2].value["link"]["page"] is None


def test_a_forged_setting_touches_no_other_table(hospital: Any, site: Any, carrier: Any) -> None:
    def forge(settings: list[dict[str, Any]]) -> None:
        settings += [{"type": "auth.user", "fields": {"username": "evil"}}]
        settings += [{"type": "wagtailredirects.redirect", "fields": {"old_path": "/evil"}}]

    path = rebuilt(carrier.export(hospital), in_json("settings.json", forge))

    notes = compare(Bundle(path), destination(site)).notes
    carrier.load(path, site, settings=True)

    assert any("auth.user" in note for note in notes)
    assert not Redirect.objects.exists()


def test_nothing_in_a_text_of_a_forged_bundle_runs_or_asks(hospital: Any, site: Any, carrier: Any) -> None:
    # Given a bundle whose texts no editor wrote
    bad = '<a href="javascript:alert(1)">甲</a><form action="https://evil.example"></form><script src="/x.js"></script>'

    def forge(pages: list[dict[str, Any]]) -> None:
        pages[0]["title"] = "改"
        pages[0]["fields"]["body"][1]["value"]["text"] += bad

    path = rebuilt(carrier.export(hospital), in_json("pages.json", forge))
    keys = frozenset(row.key for row in compare(Bundle(path), destination(site)).rows)

    # When an administrator imports it
    carrier.load(path, site, take=keys)

    # Then the words, links and pictures arrive, and nothing else
    text = Page.objects.get(pk=hospital.pk).specific.body[1].value["text"].source
    assert "甲" in text
    assert 'linktype="page"' in text
    assert text.count("<embed ") == 1
    assert "/>" in text
    assert not any(word in text for word in ("javascript", "<form", "<script"))


# --- as staff see it -------------------------------------------------------------------------------------------------


def upload(client: Client, data: bytes, name: str = "portal.zip") -> Any:
    return client.post(reverse("bundles:upload"), {"file": SimpleUploadedFile(name, data, "application/zip")})


@pytest.fixture
def admin(hospital: Any, site: Any, settings: Any, tmp_path: Path) -> Client:
    settings.VAR_DIR = tmp_path
    return staff("管理员")


def test_staff_see_the_difference_and_then_import(admin: Client, hospital: Any, site: Any, carrier: Any) -> None:
    # Given a bundle, and a page that was changed here since
    data = carrier.export(hospital).read_bytes()
    guide = Page.objects.get(slug="guide").specific
    guide.title = "改过的指南"
    guide.save_revision().publish()

    shown = admin.get(upload(admin, data).url)

    words = shown.content.decode()
    assert shown.status_code == 200
    assert "这里原来就有这一页，内容和包里的不同" in words
    assert "/guide/" in words
    kept = Upload.objects.get()
    key = shown.context["plan"].of(Status.CONFLICT)[0].key
    answer = {"site": site.pk, "state": "live", f"take-{key}": "theirs"}
    done = admin.post(reverse("bundles:apply", args=[kept.pk]), answer)
    assert done.context["outcome"].updated == ["就医指南"]
    assert not Upload.objects.exists()
    assert AuditEvent.objects.get(event="portal.imported").result == "ok"


def test_a_broken_upload_keeps_staff_on_the_form(admin: Client) -> None:
    response = upload(admin, b"PK\x03\x04 broken")

    assert response.status_code == 422
    assert "文件已损坏或不完整" in response.content.decode()
    assert not Upload.objects.exists()


def test_an_upload_that_is_too_big_is_said_to_be(admin: Client, monkeypatch: Any) -> None:
    monkeypatch.setattr("cms.bundles.forms.MOST_BYTES", 1024)

    assert "不能导入" in upload(admin, b"x" * 2048).content.decode()


def test_an_export_is_a_bundle(admin: Client, site: Any) -> None:
    response = admin.post(reverse("bundles:export"), {"site": site.pk})

    with zipfile.ZipFile(io.BytesIO(response.getvalue())) as zipped:
        assert json.loads(zipped.read("manifest.json"))["counts"]["pages"] == 4
    assert AuditEvent.objects.filter(event="portal.exported").exists()
    assert admin.post(reverse("bundles:export"), {}).status_code == 422


@pytest.mark.req("G3.1")
def test_editors_carry_nothing(hospital: Any, site: Any) -> None:
    client = staff("编辑")

    assert client.get(reverse("bundles:index")).status_code == 302
    assert client.post(reverse("bundles:export"), {"site": site.pk}).status_code == 302
    assert upload(client, b"x").url != reverse("bundles:index")
    assert not AuditEvent.objects.filter(event="portal.exported").exists()


def test_nobody_imports_what_another_uploaded(admin: Client, hospital: Any, carrier: Any) -> None:
    url = upload(admin, carrier.export(hospital).read_bytes()).url
    admin.user = None  # type: ignore[attr-defined]
    from django.contrib.auth import get_user_model

    other = Client()
    other.force_login(get_user_model().objects.create_superuser("other", "o@example.org", "x"))
    assert other.get(url).status_code == 404


def test_the_commands_do_the_same(hospital: Any, site: Any, tmp_path: Path, capsys: Any) -> None:
    file = tmp_path / "portal.zip"
    call_command("export_portal", str(file))
    call_command("import_portal", str(file), "--dry-run")
    assert "没有变化 4" in capsys.readouterr().out

    file.write_bytes(b"x")
    with pytest.raises(CommandError, match="已损坏"):
        call_command("import_portal", str(file))


def test_nothing_of_people_is_in_a_bundle(hospital: Any, carrier: Any) -> None:
    from tests.factories import PatientFactory

    patient = PatientFactory(name="林晓雯甲")
    with zipfile.ZipFile(carrier.export(hospital, with_templates=True, with_redirects=True)) as zipped:
        everything = b"".join(zipped.read(name) for name in zipped.namelist() if name.endswith(".json")).decode()
    for secret in (patient.name, patient.id_number, patient.phone, "password", "pbkdf2"):
        assert secret not in everything


@pytest.mark.parametrize("number", ["²", "999999999", "9" * 40, "abc"])
def test_a_page_that_is_none_is_not_offered_for_export(home: Any, site: Any, number: str) -> None:
    assert staff("管理员").get(reverse("bundles:index"), {"page": number}).status_code == 200
