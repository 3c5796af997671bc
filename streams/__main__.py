"""`python -m streams` is `./birdlog`."""

from streams.cli import app

app(prog_name="birdlog")
