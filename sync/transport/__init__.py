"""The connection to a broker, for both ends: the only user of the MQTT library. `core` is the pure part.
Enter by `connection`, `broker`, `client`, `clock`, `once`, `many`, `retained` and `checking`.
"""
