"""Evidence is only ever inserted: triggers refuse everything else."""

from django.db import migrations

from apps.audit.guards import DROP_FUNCTION, FUNCTION, guard, unguard


class Migration(migrations.Migration):
    dependencies = [("audit", "0001_initial")]

    operations = [
        migrations.RunSQL(FUNCTION, DROP_FUNCTION),
        migrations.RunSQL(guard("audit_auditlog"), unguard("audit_auditlog")),
        migrations.RunSQL(guard("audit_seal"), unguard("audit_seal")),
    ]
