"""`python -m bench.stock`: make the site, its page of 15 blocks with 11 pictures, and say what one visit costs."""

import io
import json
import os
import time

os.environ["DJANGO_SETTINGS_MODULE"] = "bench.stock.settings"


def main() -> None:
    """Make everything and print one line of JSON."""
    import django

    django.setup()
    from django.conf import settings
    from django.core.files.images import ImageFile
    from django.core.management import call_command
    from django.db import connection
    from django.test import Client
    from PIL import Image as Pillow
    from wagtail.images.models import Image
    from wagtail.models import Page, Site

    from bench.stock.models import StockPage

    folder = settings.FOLDER / "stock_migrations"
    folder.mkdir(exist_ok=True)
    (folder / "__init__.py").touch()
    call_command("makemigrations", "stock", verbosity=0)
    call_command("migrate", verbosity=0)
    images = []
    for number in range(11):
        buffer = io.BytesIO()
        Pillow.new("RGB", (640, 480), (number * 20, 111, 138)).save(buffer, "PNG")
        buffer.seek(0)
        images.append(Image.objects.create(title=f"{number}", file=ImageFile(buffer, name=f"{number}.png")))
    root = Page.objects.get(depth=1)
    page = StockPage(title="首页", slug="stock")
    root.add_child(instance=page)
    body: list[tuple[str, object]] = [("heading", "就医指南"), ("text", "<p>请带好证件</p>")]
    body += [("image", image) for image in images[:5]]
    body += [("card", {"image": image, "title": "卡片", "page": page}) for image in images[5:]]
    body += [("text", f'<p><a linktype="page" id="{page.pk}">详情</a></p>'), ("heading", "联系我们")]
    page.body = body
    page.save_revision().publish()
    Site.objects.update(root_page=page)
    client = Client(headers={"host": "127.0.0.1"})
    for _ in range(3):
        client.get("/")
    statements = []

    def note(execute, sql, params, many, context):  # type: ignore[no-untyped-def]
        statements.append(sql)
        return execute(sql, params, many, context)

    with connection.execute_wrapper(note):
        response = client.get("/")
    times = []
    for _ in range(15):
        began = time.process_time()
        client.get("/")
        times.append(time.process_time() - began)
    (settings.FOLDER / "stock.html").write_bytes(response.content)
    print(
        json.dumps(
            {
                "status": response.status_code,
                "sql": len(statements),
                "bytes": len(response.content),
                "cpu_ms": min(times) * 1000,
            }
        )
    )


if __name__ == "__main__":
    main()
