"""Judges a built file before anyone can read it; changes no figure."""
