"""The gate while it runs: from a sighting to the lane's command, and what a gate does between two people.
Enter by `access_controller`, `registry_service`, `housekeeping`, `recognition`, `clock_watch`,
`vision_events` and `buses`.
"""
