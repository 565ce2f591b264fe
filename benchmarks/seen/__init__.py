"""What a person sees in a workbook beside what was read of it: the parts of `seen_and_read.py`.

`draw` makes up workbooks (`model` says what one is, `families` has the odd cells), `write` makes files of them, `show`
has LibreOffice show them, `judge` says what the shown text means, `compare` holds what was read against it, `breaks`
breaks the reader. Only `compare` calls the reading code.
"""
