"""Relays of a board on the I²C bus, as pins beside those of the header. Enter by `factory`."""
