"""Kentongan: early warning on what the public says about Indonesian government agencies."""

__version__ = "0.1.0"
