"""Who is inside and who passes, of every gate, site, zone and place, counted from the journals of all gates.
`core` is the pure part. Enter by `following`, `forecasts`, `limits`, `reading`, `rebuilding`, `tables`,
`watching` and `zones`.
"""
