"""Keeps every byte ever received, once, with a receipt for each reception; never parses, changes or deletes."""
