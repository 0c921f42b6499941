"""Give the root of the page tree a Chinese name; staff see it at the top of the explorer."""

from django.db import migrations

TITLE = "全部站点"


def rename(apps, schema_editor):
    """Rename the root where it still has the name it was born with."""
    apps.get_model("wagtailcore", "Page").objects.filter(depth=1, title="Root").update(title=TITLE, draft_title=TITLE)


def restore(apps, schema_editor):
    """Give the old name back."""
    apps.get_model("wagtailcore", "Page").objects.filter(depth=1, title=TITLE).update(title="Root", draft_title="Root")


class Migration(migrations.Migration):
    dependencies = [("pages", "0001_initial")]
    operations = [migrations.RunPython(rename, restore)]
