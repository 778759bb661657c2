"""A cluster of RabbitMQ and how it has to be: its management API, what is made and mended there, its files.
Enter by `management`, `keeping`, `marking`, `files` and `folders`.
"""
