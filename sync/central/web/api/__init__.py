"""The API: the acts of the console for programs, by tokens with scopes and places. Each operation is declared
with its act, what it takes and what it answers; its OpenAPI is made from those values. Enter by `serving`;
`problems` for what fails, `tables` for the schema.
"""
