"""Makes the previews: small pictures of what the camera sees, when staff ask for them, with faces blurred and
the meters of an installer beside. It runs in the vision worker. Enter by `maker`.
"""
