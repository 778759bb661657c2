"""The gates' journals at central: each event once, every gap and every fork seen. Enter by
`acknowledging`, `course`, `findings`, `following`, `ingester`, `journals`, `lane_refusals`, `pages`,
`reading`, `silence` and `stored`.
"""
