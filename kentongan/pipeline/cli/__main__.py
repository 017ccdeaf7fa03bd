"""`python -m kentongan.pipeline.cli`, where the `kentongan` script is not on the path."""

from kentongan.pipeline.cli import main

main()
