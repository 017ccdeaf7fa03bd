"""A seeded stream of made-up mentions: for the demo, for tests and for benchmarks. Everything in it is marked `simulasi`."""

from kentongan.simulation.stream import START, WEEKS, background, simulate, truth

__all__ = ["START", "WEEKS", "background", "simulate", "truth"]
