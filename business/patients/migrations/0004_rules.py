"""The rows of rules that staff edit, with what holds until they do."""

from django.db import migrations


def make(apps, schema_editor):
    from business.patients.services.standing import DEFAULTS

    using = schema_editor.connection.alias
    rules = apps.get_model("patients", "PatientRule").objects.using(using)
    if not rules.exists():
        rules.create()
    for kind, facts in DEFAULTS.items():
        apps.get_model("patients", "BlacklistRule").objects.using(using).get_or_create(kind=kind, defaults=facts)


class Migration(migrations.Migration):
    dependencies = [("patients", "0003_cards_codes_blacklist")]
    operations = [migrations.RunPython(make, migrations.RunPython.noop)]
