"""Elasticsearch templates and roles, Kibana objects, for the analysts."""
