"""Writes an audited build as a publication, aside, and switches to it; computes no figure."""
