"""A gate's figures as Home Assistant's MQTT discovery describes a device, and its state. PURE. Enter by
`shown_figures`.
"""
