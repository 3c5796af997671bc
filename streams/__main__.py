"""`python -m streams` is `./birdlog`."""

from importlib import import_module

from events.memory import collect_rarely

collect_rarely()  # before the imports, a fifth of whose time is the collector's
import_module("streams.cli").app(prog_name="birdlog")
