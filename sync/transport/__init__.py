"""The way to a broker, for both ends: the only user of MQTT's library. `core` is the pure part. Enter by
`connection`, `broker` and `once`.
"""
