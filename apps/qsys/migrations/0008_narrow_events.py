"""A change takes two thirds of the room: what many share is stored once, and indexes grow at
their end.

Who, why and in which design lies in `qsys_origin`, the device in `qsys_source`; a change names
both by number. `qsys_event` shows them joined, with the columns it had as a table. New rows of a
control come at the end of its part of an index that ascends, which PostgreSQL then fills; at the
front of one that descends it leaves pages half empty.
"""

from typing import Any

from django.db import migrations, models

from apps.kernel import partitions
from apps.kernel.partitions import PartitionedTable

CHANGES = PartitionedTable("qsys_change", keep_days=400)

# A call that is not known is the nil UUID in `qsys_origin`, as two NULLs are never equal.
NARROW = """
ALTER TABLE qsys_event RENAME TO qsys_event_wide;
CREATE TABLE qsys_source (
    id integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    device_id uuid NOT NULL UNIQUE
);
CREATE TABLE qsys_origin (
    id integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    call_id uuid NOT NULL,
    cause text NOT NULL,
    actor text NOT NULL,
    design_code text NOT NULL,
    UNIQUE (call_id, design_code, cause, actor)
);
CREATE TABLE qsys_change (
    at timestamptz NOT NULL,
    number double precision,
    previous double precision,
    source_id integer NOT NULL,
    control_id integer NOT NULL,
    origin_id integer NOT NULL,
    position real,
    string text NOT NULL,
    previous_string text
) PARTITION BY RANGE (at);
CREATE INDEX qsys_change_control ON qsys_change (control_id, at);
CREATE INDEX qsys_change_source ON qsys_change (source_id, at, control_id);
"""
# Left joins cost nothing where their columns are not asked for.
VIEW = """
CREATE VIEW qsys_event AS
SELECT change.at, change.number, change.previous, change.source_id, source.device_id,
    nullif(origin.call_id, '00000000-0000-0000-0000-000000000000') AS call_id,
    change.control_id, change.position, origin.cause, change.string, change.previous_string,
    origin.actor, origin.design_code
FROM qsys_change AS change
LEFT JOIN qsys_source AS source ON source.id = change.source_id
LEFT JOIN qsys_origin AS origin ON origin.id = change.origin_id
"""
MOVE = """
INSERT INTO qsys_source (device_id) SELECT DISTINCT device_id FROM qsys_event_wide;
INSERT INTO qsys_origin (call_id, cause, actor, design_code)
SELECT DISTINCT coalesce(call_id, '00000000-0000-0000-0000-000000000000'::uuid), cause, actor,
    design_code
FROM qsys_event_wide;
INSERT INTO qsys_change (at, number, previous, source_id, control_id, origin_id, position, string,
    previous_string)
SELECT wide.at, wide.number, wide.previous, source.id, wide.control_id, origin.id, wide.position,
    wide.string, wide.previous_string
FROM qsys_event_wide AS wide
JOIN qsys_source AS source USING (device_id)
JOIN qsys_origin AS origin
    ON origin.call_id = coalesce(wide.call_id, '00000000-0000-0000-0000-000000000000'::uuid)
    AND origin.cause = wide.cause AND origin.actor = wide.actor
    AND origin.design_code = wide.design_code;
DROP TABLE qsys_event_wide;
"""
OURS = ("qsys_source", "qsys_origin", "qsys_event")


def narrow(apps: Any, schema_editor: Any) -> None:
    """Every stored change goes over, into a partition of the same day."""
    old = partitions.existing(PartitionedTable("qsys_event", keep_days=400))
    schema_editor.execute(NARROW)
    partitions.hand_over(CHANGES)
    made = {name[-8:] for name in partitions.existing(CHANGES)}
    for day in sorted({name[-8:] for name in old} - made):
        start = f"{day[:4]}-{day[4:6]}-{day[6:]}T00:00:00+00"
        schema_editor.execute(
            f"CREATE TABLE qsys_change_{day} PARTITION OF qsys_change"
            f" FOR VALUES FROM ('{start}') TO (timestamptz '{start}' + interval '24 hours')"
        )
        schema_editor.execute(partitions.owned_by_application(f"qsys_change_{day}"))
    schema_editor.execute(MOVE)
    schema_editor.execute(VIEW)
    for name in OURS:
        schema_editor.execute(partitions.owned_by_application(name))


class Migration(migrations.Migration):
    dependencies = [("qsys", "0007_pages")]

    operations = [
        migrations.RunPython(narrow),
        migrations.CreateModel(
            name="EventSource",
            fields=[
                ("id", models.IntegerField(primary_key=True, serialize=False)),
                ("device_id", models.UUIDField(unique=True)),
            ],
            options={"db_table": "qsys_source", "managed": False},
        ),
    ]
