"""What Home Assistant's MQTT discovery takes: a device, its entities, and their values. PURE. Enter by
`discovery`.
"""
