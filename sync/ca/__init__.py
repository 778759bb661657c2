"""A small certificate authority for devices and services. Enter by `certificate_authority` and
`certificates`; `web` and `serving` are its door, `device` the other side of it, `files` keys and certificates
on disk.
"""
