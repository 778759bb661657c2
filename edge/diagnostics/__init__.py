"""Diagnosis of a gate: what would keep it from working, recorded inputs replayed and measured, the lane on
the bench, a support bundle that names nobody. `core` and `redaction` are the pure parts. Enter by `check`,
`check_result`, `beside`, `bundle`, `replay`, `liveness`, `film`, `film_sheet`, `lane_simulator`,
`played_scanner`, `scanner_test` and `systemd_units`.
"""
