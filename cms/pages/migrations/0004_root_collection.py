"""Give the root of the collections a Chinese name; staff see it wherever they upload a picture or a file."""

from django.db import migrations

NAME = "全部文件"


def rename(apps, schema_editor):
    """Rename the root where it still has the name it was born with."""
    apps.get_model("wagtailcore", "Collection").objects.filter(depth=1, name="Root").update(name=NAME)


def restore(apps, schema_editor):
    """Give the old name back."""
    apps.get_model("wagtailcore", "Collection").objects.filter(depth=1, name=NAME).update(name="Root")


class Migration(migrations.Migration):
    dependencies = [("pages", "0003_themes"), ("wagtailcore", "0025_collection_initial_data")]
    operations = [migrations.RunPython(rename, restore)]
