"""A small certificate authority for devices and services. Enter by `certificate_authority`, `certificates`
and `renewing`; `web` and `serving` are enrolment over HTTPS, `device` its client.
"""
