"""`python -m kentongan` is the command `kentongan`."""

from kentongan.pipeline.cli import main

if __name__ == "__main__":
    main()
