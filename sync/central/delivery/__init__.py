"""Messages that leave the centre, by the page, by mail or by a webhook: kept until they are sent, tried again
with growing waits, each try recorded. `core` is the pure part, `ways` send. Enter by `loop` and `queue`;
`tables` is for the schema.
"""
