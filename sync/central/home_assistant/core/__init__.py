"""A gate as Home Assistant's MQTT discovery describes a device, and its state. PURE. Enter by `discovery`."""
