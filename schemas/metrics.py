"""Every metric that our processes show; `docs/operating.md` says what to look at."""

from prometheus_client import Counter, Gauge, Histogram

REQUEST_SECONDS = Histogram(
    "birdlog_request_seconds",
    "Time of a request, by the route's template and the answer's status.",
    ["method", "route", "status"],
    buckets=(0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 20),
)
REQUESTS_IN_FLIGHT = Gauge(
    "birdlog_requests_in_flight", "Requests that the gateway works on, streams too."
)
TURNED_AWAY = Counter(
    "birdlog_requests_turned_away", "Requests that were too much, and answered 503 unread."
)
APPEND_SECONDS = Histogram(
    "birdlog_log_append_seconds",
    "Time until Kafka acknowledged an event, or was given up.",
    buckets=(0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2, 4),
)
_lookups = Counter(
    "birdlog_cache_lookups", "Tweets looked up in the cache, by whether it had them.", ["result"]
)
CACHE_HITS = _lookups.labels("hit")
CACHE_MISSES = _lookups.labels("miss")

LAG_EVENTS = Gauge(
    "birdlog_view_lag_events",
    "Events on the log that the view does not hold yet; of a worker's own partitions.",
    ["view", "topic", "partition"],
)
APPLY_SECONDS = Histogram(
    "birdlog_apply_seconds",
    "Time to apply a batch, retries not included.",
    ["view"],
    buckets=(0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 10),
)
BATCH_EVENTS = Histogram(
    "birdlog_batch_events",
    "Events in a batch that was applied.",
    ["view"],
    buckets=(1, 2, 5, 10, 25, 50, 100, 250, 500, 1_000, 2_000, 5_000, 10_000),
)
APPLY_RETRIES = Counter(
    "birdlog_apply_retries", "Batches that had to be tried again, their store being away.", ["view"]
)
DEAD_LETTERS = Counter(
    "birdlog_dead_letters", "Records set aside because the view can never apply them.", ["view"]
)
OUTBOX_EVENTS = Counter("birdlog_outbox_events", "Events of accounts that the relay appended.")
