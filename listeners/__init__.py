"""Ways of listening: one `x.py` and one card `x.yml` each; found by name, no registry to edit."""
