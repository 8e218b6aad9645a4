"""What the live streams count."""

from prometheus_client import Counter, Gauge

CLIENTS = Gauge(
    "stream_clients", "Open live streams by kind.", ["kind"], multiprocess_mode="livesum"
)
GAPS = Counter("stream_gaps_total", "Times a reader was too slow and was told what it missed.")
