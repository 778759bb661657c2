"""Readers of QR codes behind one protocol."""
