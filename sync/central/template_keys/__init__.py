"""The exchange of a site's template key, as far as it is central's: what the database keeps is sealed anew by
who has the keys, versions carry the key's offer, and gates say what they read. Enter by `resealing` and
`standing`.
"""
