"""The file of a bundle: a zip whose parts are named in its manifest with their hashes. docs/portal-bundle.md."""

import hashlib
import json
import lzma
import re
import zipfile
import zlib
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import IO, Any, Final

from django.core.serializers.json import DjangoJSONEncoder
from django.utils.translation import gettext as _

from cms import __version__
from cms.bundles.errors import BundleError

FORMAT: Final = 2  # 1 knew neither shared content nor themes
MEBIBYTE: Final = 1024 * 1024
MOST_BYTES: Final = 256 * MEBIBYTE  # of the zip
MOST_UNPACKED: Final = 1024 * MEBIBYTE
MOST_JSON: Final = 64 * MEBIBYTE  # of one JSON part
MOST_PARTS: Final = 20_000
MANIFEST: Final = "manifest.json"
PARTS: Final = ("pages.json", "things.json", "settings.json", "redirects.json", "templates.json", "files.json")
# A file is named after what is in it; nothing else may stand in a bundle, so no name can lead out of a folder.
FILE_NAME: Final = re.compile(r"files/([0-9a-f]{64})\.([a-z0-9]{1,5})")
CHUNK: Final = MEBIBYTE
# What a zip with damaged insides makes the standard library raise.
UNREADABLE: Final = (zipfile.BadZipFile, zlib.error, lzma.LZMAError, EOFError, NotImplementedError)


def as_json(data: Any) -> bytes:
    """Return data as the bytes of a part: the same data gives the same bytes."""
    return json.dumps(data, cls=DjangoJSONEncoder, ensure_ascii=False, sort_keys=True, indent=1).encode()


def write(target: IO[bytes], parts: Mapping[str, Any], files: Iterator[tuple[str, bytes]], facts: Any) -> None:
    """Write a bundle; ``facts`` are what its manifest says beside format, product and hashes."""
    hashes: dict[str, dict[str, Any]] = {}
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
        for name in PARTS:
            data = as_json(parts.get(name, []))
            hashes[name] = {"sha256": hashlib.sha256(data).hexdigest(), "size": len(data)}
            archive.writestr(name, data)
        for name, data in files:
            if name not in hashes:
                hashes[name] = {"sha256": hashlib.sha256(data).hexdigest(), "size": len(data)}
                archive.writestr(zipfile.ZipInfo(name), data, zipfile.ZIP_STORED)
        manifest = {**facts, "format": FORMAT, "product": __version__, "parts": hashes}
        archive.writestr(MANIFEST, as_json(manifest))


class Bundle:
    """A bundle that was read and found whole; files stay in the zip until they are asked for."""

    def __init__(self, path: str | Path) -> None:
        """Check the whole file. Raises BundleError with the reason why it cannot be taken."""
        self.path = Path(path)
        try:
            if self.path.stat().st_size > MOST_BYTES:
                raise BundleError("too_big", _("文件超过 %(size)d MB，不能导入。") % {"size": MOST_BYTES // MEBIBYTE})
            with zipfile.ZipFile(self.path) as archive:
                self._check_names(archive)
                self.manifest = self._manifest(archive)
                self._check_hashes(archive)
                self.parts = {name: self._json(archive, name) for name in PARTS}
        except (*UNREADABLE, OSError, RuntimeError) as error:
            raise BundleError(
                "damaged", _("文件已损坏或不完整，也可能不是门户包（.zip），请重新导出或重新上传。")
            ) from error
        except zipfile.LargeZipFile as error:
            raise BundleError("too_big", _("文件太大，不能导入。")) from error
        self._check_shape()

    # --- what it says --------------------------------------------------------------------------------------------

    @property
    def pages(self) -> list[dict[str, Any]]:
        """The pages, parents before children; the first is the root."""
        return self.parts["pages.json"]

    @property
    def files(self) -> dict[str, dict[str, Any]]:
        """What is known of each file, by its hash."""
        return {entry["sha256"]: entry for entry in self.parts["files.json"]}

    def data(self, entry: Mapping[str, Any]) -> bytes:
        """Return the bytes of a file."""
        with zipfile.ZipFile(self.path) as archive:
            return archive.read(f"files/{entry['sha256']}.{entry['extension']}")

    # --- checks --------------------------------------------------------------------------------------------------

    def _check_names(self, archive: zipfile.ZipFile) -> None:
        entries = archive.infolist()
        if len(entries) > MOST_PARTS or sum(entry.file_size for entry in entries) > MOST_UNPACKED:
            raise BundleError("bomb", _("解压后的内容太大或文件太多，不能导入。"))
        names = [entry.filename for entry in entries]
        if MANIFEST not in names:
            raise BundleError("not_a_bundle", _("这个 zip 不是门户包：里面没有 manifest.json。"))
        strange = [name for name in names if name not in {MANIFEST, *PARTS} and not FILE_NAME.fullmatch(name)]
        if strange or len(set(names)) != len(names):
            name = (strange or names)[0][:60]
            raise BundleError("strange_part", _("包里有不该有的文件「%(name)s」，不能导入。") % {"name": name})

    def _manifest(self, archive: zipfile.ZipFile) -> dict[str, Any]:
        manifest = self._json(archive, MANIFEST)
        if not isinstance(manifest, dict) or not isinstance(manifest.get("format"), int):
            raise BundleError("not_a_bundle", _("这个 zip 不是门户包：manifest.json 的内容不对。"))
        if manifest["format"] > FORMAT or _version(manifest.get("product")) > _version(__version__):
            words = {"theirs": manifest.get("product"), "ours": __version__}
            raise BundleError(
                "newer",
                _("这个包由更新的版本（%(theirs)s）导出，这里是 %(ours)s。请先升级本系统再导入。") % words,
            )
        if not isinstance(manifest.get("parts"), dict):
            raise BundleError("not_a_bundle", _("这个 zip 不是门户包：manifest.json 的内容不对。"))
        return manifest

    def _check_hashes(self, archive: zipfile.ZipFile) -> None:
        there = set(archive.namelist()) - {MANIFEST}
        listed: dict[str, Any] = self.manifest["parts"]
        if missing := sorted(set(listed) - there):
            raise BundleError("missing_part", _("包不完整：缺少「%(name)s」。") % {"name": missing[0]})
        room = MOST_UNPACKED
        for name in sorted(there):
            digest = hashlib.sha256()
            with archive.open(name) as part:
                # What the directory of the zip says of sizes need not be true.
                while chunk := part.read(CHUNK):
                    digest.update(chunk)
                    room -= len(chunk)
                    if room < 0:
                        raise BundleError("bomb", _("解压后的内容太大或文件太多，不能导入。"))
            facts = listed.get(name)
            expected = facts.get("sha256") if isinstance(facts, dict) else None
            file = FILE_NAME.fullmatch(name)
            if digest.hexdigest() != expected or (file is not None and file[1] != expected):
                raise BundleError(
                    "wrong_hash", _("「%(name)s」与清单不符，包被改动过或已损坏，不能导入。") % {"name": name}
                )

    def _json(self, archive: zipfile.ZipFile, name: str) -> Any:
        try:
            with archive.open(name) as part:
                data = part.read(MOST_JSON + 1)
            if len(data) > MOST_JSON:
                raise BundleError("bomb", _("解压后的内容太大或文件太多，不能导入。"))
            return json.loads(data)
        except KeyError as error:
            raise BundleError("missing_part", _("包不完整：缺少「%(name)s」。") % {"name": name}) from error
        except (ValueError, RecursionError) as error:
            raise BundleError("damaged", _("「%(name)s」的内容无法读取，包已损坏。") % {"name": name}) from error

    def _check_shape(self) -> None:
        damaged = BundleError("damaged", _("页面数据的格式不对，包已损坏。"))
        if not all(isinstance(part, list) for part in self.parts.values()):
            raise damaged
        for entry in self.parts["files.json"]:
            if not isinstance(entry, dict) or not FILE_NAME.fullmatch(
                f"files/{entry.get('sha256')}.{entry.get('extension')}"
            ):
                raise damaged
            if f"files/{entry['sha256']}.{entry['extension']}" not in self.manifest["parts"]:
                name = str(entry.get("title", ""))[:40]
                raise BundleError("missing_file", _("包不完整：缺少图片或文件「%(name)s」。") % {"name": name})
        known: set[str] = set()
        addresses: set[tuple[Any, Any]] = set()
        for number, page in enumerate(self.pages):
            texts = isinstance(page, dict) and all(
                isinstance(page.get(name), str) for name in ("key", "type", "slug", "title")
            )
            if not texts or not isinstance(page.get("fields"), dict) or page["key"] in known:
                raise damaged
            if (number == 0) != (page.get("parent") is None) or (number and page["parent"] not in known):
                raise damaged
            known.add(page["key"])
            address = page.get("parent"), page["slug"]
            if address in addresses:
                words = {"title": page["title"], "slug": page["slug"]}
                raise BundleError(
                    "duplicate_slug", _("包里有两个同级页面的地址都是「%(slug)s」（%(title)s），不能导入。") % words
                )
            addresses.add(address)
        if not self.pages:
            raise BundleError("empty", _("包里没有页面。"))


def _version(text: Any) -> tuple[int, ...]:
    return tuple(int(number) for number in re.findall(r"\d+", str(text or "0"))[:3])
