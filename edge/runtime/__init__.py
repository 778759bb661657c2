"""The gate while it runs: from a sighting to the lane's command, and what a gate does between two people.
Enter by `main_loop`, `access_controller`, `registry_service`, `housekeeping`, `people_counting`,
`gate_at_work`, `lane_at_work`, `living_faces`, `machine`, `probing`, `recognition`, `rights_here`,
`scanning`, `starting`, `typed_numbers`, `update_news`, `clock_watch`, `withholding` and `buses`. What a
full disk does to a decision is said in decision_log.py.
"""
