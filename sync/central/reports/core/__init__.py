"""What a report is: its days, its figures, what it rests on, and when it is due. PURE. Enter by `building`,
`coverage`, `days`, `plots`, `rates`, `report`, `rows`, `schedule` and `tally`.
"""
