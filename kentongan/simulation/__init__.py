"""A seeded stream of made-up mentions: for the demo, for tests and for benchmarks. Everything in it is marked `simulasi`."""
