"""The dashboard and the page on operating name metrics that there are, and all of ours."""

import json
import re

from prometheus_client import REGISTRY
from prometheus_client.metrics import MetricWrapperBase

from deploy.home import CLONE
from schemas import metrics

_name = re.compile(r"\b(?:birdlog|process)_[a-z_]+\b").findall
OURS = [metric for metric in vars(metrics).values() if isinstance(metric, MetricWrapperBase)]


def families() -> dict[str, set[str]]:
    """By family the names that a query may use."""
    suffixes = {
        "histogram": ("_bucket", "_count", "_sum"),
        "counter": ("_total",),
        "gauge": ("",),
        "info": ("_info",),
    }
    return {
        family.name: {family.name + suffix for suffix in suffixes[family.type]}
        for family in REGISTRY.collect()
    }


def test_the_dashboard_shows_what_there_is() -> None:
    panels = json.loads((CLONE / "deploy/grafana/birdlog.json").read_text())["panels"]
    queries = [target["expr"] for panel in panels for target in panel["targets"]]
    used = {name for query in queries for name in _name(query)}
    known = families()
    assert used <= set().union(*known.values())
    ours = {family.name for metric in OURS for family in metric.collect()}
    assert len(ours) >= 10
    for family in ours:
        assert used & known[family], family


def test_the_page_on_operating_has_every_metric_with_its_labels() -> None:
    page = (CLONE / "docs/operating.md").read_text()
    rows = dict(re.findall(r"^\| `(birdlog_\w+)` \| ([a-z, ]*) ?\|", page, re.M))
    known = families()
    labels = {family.name: metric._labelnames for metric in OURS for family in metric.describe()}
    found = {row.removesuffix("_total"): names for row, names in rows.items()}
    assert found.keys() == {name for name in known if name.startswith("birdlog_")}
    for family, names in labels.items():
        if names:
            assert tuple(names) == tuple(found[family].strip().split(", ")), family
