"""Web page and JSON API for analysts where only the embedded store runs."""
