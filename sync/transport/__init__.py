"""The way to a broker, for both ends: the only user of MQTT's library."""
