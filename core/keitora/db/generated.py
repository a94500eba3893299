"""SQL made from the registry of signals."""

from keitora.signals.registry import SIGNALS


def _quoted(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"


def sample_table_sql() -> str:
    """Return the statements that make the hypertable of samples, a typed column for each signal.

    The key begins with the vehicle and the time, as every reader asks; device and row follow, so that two devices
    on one truck, and two different rows of one instant, are all kept, while the same row again is refused.
    """
    columns = ",\n".join(f"    {signal.column} {signal.kind.value}" for signal in SIGNALS)
    comments = "\n".join(
        f"COMMENT ON COLUMN sample.{signal.column} IS {_quoted(f'{signal.en} [{signal.unit}]')};" for signal in SIGNALS
    )
    return f"""
CREATE TABLE sample (
    sampled_at    timestamptz NOT NULL,
    vehicle_id    integer NOT NULL,
    device_id     integer NOT NULL,
    row_key       bigint NOT NULL,
    delay_s       integer NOT NULL,
    clock_quality smallint NOT NULL,
{columns},
    extra         jsonb,
    PRIMARY KEY (vehicle_id, sampled_at, device_id, row_key)
);
SELECT create_hypertable('sample', by_range('sampled_at', INTERVAL '7 days'), create_default_indexes => false);
CREATE INDEX sample_undated ON sample (device_id, row_key) WHERE clock_quality = 0;
COMMENT ON COLUMN sample.row_key IS 'Native: boot (high 32 bits) and row number. Other formats: a hash of the content.';
COMMENT ON COLUMN sample.delay_s IS 'How long after it was taken the sample arrived';
COMMENT ON COLUMN sample.clock_quality IS '0 uptime only, 1 unsynchronised, 2 network time, 3 satellite time';
COMMENT ON COLUMN sample.extra IS 'Unknown keys (x_…) and, under "refused", values that could not be true';
{comments}
"""
