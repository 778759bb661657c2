"""Accounts: who signs in, what they may do, and where. `core` is the pure part. Enter by `actor`, and by
`accounts`, `sessions`, `links` and `tokens`; `sign_in` puts the ways in together: `passkeys`, `passwords`,
`rates`, `directory`. `placing` changes places that somebody has a role at, `secret_words`
draws what is given out once, `relying_party` says for which pages a passkey is; `tables` is for the schema.
"""
