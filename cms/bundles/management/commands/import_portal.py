"""Take a bundle in, or with --dry-run only tell what that would do."""

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.db import transaction

from cms.backoffice.audit import trail
from cms.bundles.applying import Choices, apply, compare
from cms.bundles.archive import Bundle
from cms.bundles.errors import BundleError
from cms.bundles.management.commands.export_portal import find_root, find_site
from cms.bundles.planning import Destination, Plan, Status


class Command(BaseCommand):
    """``import_portal in.zip --dry-run`` first, then without."""

    help = "导入门户包；--dry-run 只显示差异，什么都不改"

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Say what, where to and how."""
        parser.add_argument("file", type=Path)
        parser.add_argument("--site", help="站点的主机名；不写就是默认站点")
        parser.add_argument("--below", type=int, help="放到这个编号的页面下面")
        parser.add_argument("--dry-run", action="store_true", help="只显示差异")
        parser.add_argument("--publish", action="store_true", help="直接发布，不写就存为草稿")
        parser.add_argument("--take-theirs", action="store_true", help="有冲突的页面用包里的，不写就保留这里的")
        parser.add_argument("--with-settings", action="store_true", help="同时用包里的站点设置")
        parser.add_argument("--redirects", action="store_true")
        parser.add_argument("--templates", action="store_true")

    def handle(self, *args: Any, **options: Any) -> None:
        """Compare, and unless it is a rehearsal, import."""
        below = options["below"]
        place = Destination(parent=find_root(None, below)) if below else Destination(site=find_site(options["site"]))
        if not options["file"].is_file():
            raise CommandError("没有这个文件")
        try:
            bundle = Bundle(options["file"])
            plan = compare(bundle, place)
            self._tell(plan)
            if options["dry_run"]:
                return
            theirs = frozenset(row.key for row in plan.of(Status.CONFLICT)) if options["take_theirs"] else frozenset()
            choices = Choices(
                publish=options["publish"],
                take=theirs,
                settings=options["with_settings"],
                redirects=options["redirects"],
                templates=options["templates"],
            )
            with transaction.atomic():
                outcome = apply(bundle, place, choices, user=None, progress=self._progress)
                done = {"created": len(outcome.created), "updated": len(outcome.updated), "kept": len(outcome.kept)}
                detail = {"file": options["file"].name, "to": str(place)} | done
                trail.deed(None, "portal.imported", place.base, detail=detail)
        except BundleError as error:
            raise CommandError(error.sentence) from error
        self.stdout.write(f"新增 {done['created']}，更新 {done['updated']}，保留这里的 {done['kept']}")
        for sentence in [*outcome.left_out, *outcome.notes]:
            self.stdout.write(f"  {sentence}")

    def _tell(self, plan: Plan) -> None:
        words = {"new": "新增", "changed": "更新", "same": "没有变化", "conflict": "有冲突", "blocked": "不能导入"}
        for row in plan.rows:
            if row.status != Status.SAME:
                self.stdout.write(f"{words[row.status]}  {row.path}  {row.title}  {'；'.join(row.notes)}")
        self.stdout.write("，".join(f"{words[name]} {count}" for name, count in plan.counts.items()))
        for one in plan.missing:
            self.stdout.write(f"这里的 HIS 没有{one.label}「{one.name}」，会留空")

    def _progress(self, done: int, total: int) -> None:
        if done == total or done % 20 == 0:
            self.stdout.write(f"{done} / {total}")
