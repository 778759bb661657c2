"""Readers of QR codes behind one protocol. Enter by `factory` and `reader`."""
