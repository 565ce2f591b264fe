"""Restates a range of nights: each an ordinary run with an older as-of date, several side by side."""
