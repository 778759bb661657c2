"""Says what may be shown of a person, to whom and for what purpose, and in which form consent is given. PURE.
Enter by `ends`, `purposes`, `masking`, `showing`, `consent_form` and `erasure_receipt`.
"""
