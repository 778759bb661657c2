"""How sure a similarity is: measured on photographs, kept as a table, read at the gate. `core` is the pure
part. Enter by `files` for a calibration that is there, by `run` and `report` to make one.
"""
