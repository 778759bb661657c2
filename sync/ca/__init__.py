"""A small certificate authority for devices and services, and its door over HTTPS, where they enrol. Enter by
`certificate_authority`, `certificates` and `renewing`; `door` is the door as a process, `site_secrets` what
it gives devices, `device` and `door_client` are its clients, `messages` and `files` what they share.
"""
