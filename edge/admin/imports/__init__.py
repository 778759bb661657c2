"""Subjects out of tables and folders of photographs: read row by row, bounded, every bad row named; tried on
a copy first. A table says too who is in which group. Enter by `importing`, `rows`, `photographs`, `tables`,
`dry_run`, `import_page` and `groups`.
"""
