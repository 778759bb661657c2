"""Who is sent where: workers on duty, tasks from the alarm to what was done, and a worker's phone. `core` is
the pure part. Enter by `changed`, `links`, `lists`, `loop`, `notices`, `reading`, `rosters`, `tasks`,
`telling`, `whereabouts` and `words`; `tables` is for the schema.
"""
