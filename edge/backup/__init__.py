"""Backups: one encrypted, signed file that is there whole or not at all, and is read back only where every
byte of it is what was written. What is in it says who makes it: `site_backup` in `edge.admin` of a site's
folder, the centre's room `backup` of a centre. Enter by `writing`, `reading`, `manifest`, `keys`, `keeping`,
`placing`, `sqlite` and `errors`.
"""
