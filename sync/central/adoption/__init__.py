"""How a gate comes into service, and out of it: invitations, what the authority's door answers, devices that
are revoked. Enter by `asking`, `centre`, `exchange`, `inviting`, `listing`, `loop`, `revoking` and `tables`.
"""
