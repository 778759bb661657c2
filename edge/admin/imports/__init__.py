"""Subjects out of tables and folders of photographs: read row by row, bounded, every bad row named; tried on
a copy first. Enter by `importing`, `photographs`, `dry_run` and `import_page`.
"""
