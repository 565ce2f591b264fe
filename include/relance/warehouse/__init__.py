"""Chooses what counts at an as-of date and builds one fresh DuckDB file from it; judges nothing."""
