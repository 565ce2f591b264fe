"""Fetches bytes and says where they came from; what is in them is no concern here."""
