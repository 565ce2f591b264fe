"""One Table Schema a table of each kind of file, as JSON; no code, no figure, no ministry's data here."""
