"""What an event says of the gate's condition: what begins to hold there, and what ends. PURE. Enter by
`conditions`.
"""
