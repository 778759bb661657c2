"""A small certificate authority for devices and services. Enter by `certificate_authority` and
`certificates`; `web` and `serving` are enrolment over HTTPS, `device` its client.
"""
