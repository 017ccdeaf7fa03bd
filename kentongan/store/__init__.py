"""Where mentions and state live: SQLite, Elasticsearch, PostgreSQL."""
