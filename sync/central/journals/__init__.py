"""The gates' journals at central: each event once, every gap and every fork seen. Enter by `ingester`,
`findings`, `journals` and `reading`.
"""
