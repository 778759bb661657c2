"""From sightings to encounters: one person before the gate, and the evidence of them. PURE.

Time comes with the sightings (monotonic seconds), the registry and the credential check are passed in.
However many frames a person is seen in, they are one encounter; whoever stays is asked again only when they
show something new.
"""
