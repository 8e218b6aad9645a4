"""Events, frames and figures are split by day; the running product owns them, to make more days."""

from typing import Any

from django.db import migrations

from apps.kernel import partitions
from apps.kernel.partitions import PartitionedTable
from apps.qsys.models import FRAMES, SECONDS

# Times and numbers first: what lies aligned takes no padding.
EVENT_TABLE = """
CREATE TABLE qsys_event (
    at timestamptz NOT NULL,
    number double precision,
    previous double precision,
    device_id uuid NOT NULL,
    call_id uuid,
    control_id integer NOT NULL,
    position real,
    cause text NOT NULL,
    string text NOT NULL,
    previous_string text,
    actor text NOT NULL,
    design_code text NOT NULL
) PARTITION BY RANGE (at);
CREATE INDEX qsys_event_control ON qsys_event (control_id, at DESC);
CREATE INDEX qsys_event_device ON qsys_event (device_id, at DESC, control_id DESC);
"""
FRAME_TABLE = """
CREATE TABLE qsys_frame (
    at timestamptz NOT NULL,
    device_id uuid NOT NULL,
    samples integer NOT NULL,
    data bytea NOT NULL
) PARTITION BY RANGE (at);
ALTER TABLE qsys_frame ALTER COLUMN data SET STORAGE EXTERNAL;
CREATE INDEX qsys_frame_device ON qsys_frame (device_id, at DESC);
"""
SECOND_TABLE = """
CREATE TABLE qsys_second (
    at timestamptz NOT NULL,
    control_id integer NOT NULL,
    samples integer NOT NULL,
    minimum real NOT NULL,
    maximum real NOT NULL,
    mean real NOT NULL,
    last real NOT NULL
) PARTITION BY RANGE (at);
CREATE INDEX qsys_second_control ON qsys_second (control_id, at DESC);
"""
TABLES = (PartitionedTable("qsys_event", keep_days=400), FRAMES, SECONDS)


def make_days(apps: Any, schema_editor: Any) -> None:
    """The first days, handed over like their parents, as the product drops them one day."""
    for table in TABLES:
        partitions.ensure(table)
        for name in (table.name, *partitions.existing(table)):
            schema_editor.execute(partitions.owned_by_application(name))


class Migration(migrations.Migration):
    dependencies = [("qsys", "0001_initial")]

    operations = [
        migrations.RunSQL(EVENT_TABLE, "DROP TABLE qsys_event"),
        migrations.RunSQL(FRAME_TABLE, "DROP TABLE qsys_frame"),
        migrations.RunSQL(SECOND_TABLE, "DROP TABLE qsys_second"),
        migrations.RunPython(make_days, migrations.RunPython.noop),
    ]
