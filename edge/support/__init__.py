"""What every part may use: files written whole, foreign bytes decoded, TOML with errors in words, throttle,
tasks, calls, packets on a socket, stop signals, systemd's notify. It knows nothing of a gate. Enter by
`files`, `acting`, `addresses`, `decoding`, `bounded_inflate`, `foreign_text`, `escaping`, `toml`,
`toml_lines`, `toml_words`, `names`, `phrases`, `durations`, `distinct`, `modes`, `throttle`, `bucket`,
`tasks`, `calls`, `due`, `unix_sockets`, `packet_server`, `packet_channel`, `storage`, `beside`,
`stop_signals`, `isolated`, `no_collecting`, `owners`, `disks`, `recent_log`, `counted` and `notify`.
"""
