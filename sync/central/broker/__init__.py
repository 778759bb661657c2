"""Keeps a RabbitMQ as central needs it: queues, rules, and a user for each device in service. Enter by `loop`
and `devices`; `claiming` says whose a broker is, `watching` what of it
needs somebody.
"""
