"""The gate's sync process: journal up, registry down, commands. `core` is the pure part, `home_assistant`
shows the gate to a house that wants it. Enter by `agent`, `checking`, `configuration`, `setup` and
`sync_file`; `acknowledged` is the folder that the gate reads, `central_keys` says whose words in it count.
"""
