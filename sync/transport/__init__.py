"""The connection to a broker, for both ends: the only user of the libraries of MQTT and AMQP. `core` is the
pure part. Enter by `connection`, `broker`, `tls`, `client`, `clock`, `once`, `many`, `retained`, `checking`
and `rabbitmq`.
"""
