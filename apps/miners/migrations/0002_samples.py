"""Samples of miners: a table split by day, owned by the role that makes its partitions."""

from typing import Any

from django.db import migrations

from apps.kernel.partitions import hand_over
from apps.miners.models.sample import SAMPLES

CREATE = """
CREATE TABLE miners_minersample (
    device_id uuid NOT NULL,
    at timestamptz NOT NULL,
    terahash double precision NOT NULL,
    watts integer NOT NULL,
    chip_c double precision,
    accepted bigint NOT NULL,
    rejected bigint NOT NULL,
    PRIMARY KEY (device_id, at)
) PARTITION BY RANGE (at);
"""


def to_the_application(*_: Any) -> None:
    hand_over(SAMPLES)


class Migration(migrations.Migration):
    dependencies = [("miners", "0001_initial")]

    operations = [
        migrations.RunSQL(CREATE, "DROP TABLE miners_minersample"),
        migrations.RunPython(to_the_application, migrations.RunPython.noop),
    ]
