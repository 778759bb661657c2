"""What an event says of a temperature, how readings are counted, and whether a thermometer has drifted from
its neighbours. PURE. Enter by `counting`, `drift` and `parsing`.
"""
