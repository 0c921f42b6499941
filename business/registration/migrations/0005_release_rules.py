"""How far ahead patients book moves from the booking rules to the release rules."""

from django.db import migrations


def carry(apps, schema_editor):
    """Keep what each campus had decided."""
    rule, release = apps.get_model("registration", "BookingRule"), apps.get_model("registration", "ReleaseRule")
    for row in rule.objects.all():
        key = f"campus:{row.campus_id}" if row.campus_id else "hospital"
        release.objects.get_or_create(
            scope_key=key, defaults={"campus_id": row.campus_id, "days_ahead": row.days_ahead}
        )


class Migration(migrations.Migration):
    dependencies = [("registration", "0004_schedules_and_waiting")]

    operations = [
        migrations.RunPython(carry, migrations.RunPython.noop),
        migrations.RemoveField(model_name="bookingrule", name="days_ahead"),
    ]
