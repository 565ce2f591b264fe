"""Turns one landed file into typed rows and rejects, by contract; knows no date, no feed and no other file."""
