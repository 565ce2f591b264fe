"""What a person sees in a workbook beside what was read of it: the parts of `seen_and_read.py`.

`draw` invents workbooks, `write` makes files of them, `show` has LibreOffice show them, `judge` says what the shown text
means, `compare` holds what was read against it, `breaks` damages the reader. None imports the reading code, but for
`compare`, which calls it.
"""
