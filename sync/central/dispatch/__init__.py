"""Who is sent where: workers on duty, tasks from the alarm to what was done, and a worker's phone.
`core` is the pure part. Enter by `tables`, for the schema, and `tasks`.
"""
