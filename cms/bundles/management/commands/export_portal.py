"""Write a portal, or a page and all below it, into a bundle."""

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from wagtail.models import Page, Site

from cms.backoffice.audit import trail
from cms.bundles.exporting import export


class Command(BaseCommand):
    """``export_portal out.zip`` takes the default site."""

    help = "把一个站点（或一个页面和它下面的全部页面）导出为门户包"

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Say what and where to."""
        parser.add_argument("file", type=Path)
        parser.add_argument("--site", help="站点的主机名；不写就是默认站点")
        parser.add_argument("--page", type=int, help="只导出这个编号的页面和它下面的")
        parser.add_argument("--templates", action="store_true", help="带上自己做的页面模板")
        parser.add_argument("--redirects", action="store_true", help="带上网址跳转")

    def handle(self, *args: Any, **options: Any) -> None:
        """Write the file and say what is in it."""
        root = find_root(options["site"], options["page"])
        with options["file"].open("wb") as target:
            facts = export(
                root,
                target,
                exporter="export_portal",
                with_templates=options["templates"],
                with_redirects=options["redirects"],
            )
        trail.deed(None, "portal.exported", root, detail={"title": root.title, "counts": facts["counts"]})
        counts = facts["counts"]
        self.stdout.write(f"{counts['pages']} 个页面，{counts['files']} 个图片和文件 → {options['file']}")
        for sentence in facts["lost"]:
            self.stderr.write(sentence)


def find_site(hostname: str | None) -> Site:
    """Return a site by its host name, else the default one. Raises CommandError where there is none."""
    sites = Site.objects.select_related("root_page")
    site = sites.filter(hostname=hostname).first() if hostname else sites.filter(is_default_site=True).first()
    if site is None:
        raise CommandError("没有这个站点")
    return site


def find_root(hostname: str | None, page: int | None) -> Page:
    """Return the page to begin with. Raises CommandError where there is none."""
    root = Page.objects.filter(pk=page, depth__gt=1).first() if page else find_site(hostname).root_page
    if root is None:
        raise CommandError("没有这个页面")
    return root.specific
