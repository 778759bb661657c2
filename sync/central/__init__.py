"""The operations centre: people, what gates sent, who holds which version. Enter by `running` and `setup`;
`store`, `connections`, `acting`, `command_issuer`, `configuration`, `condition`, `database_url`,
`history_cues`, `ownership`, `server`, `site_import` and `task_senders` serve the commands;
rooms of their own are `accesses`, `accounts`, `audit`, `changes`, `devices`, `journals`, `people`,
`places`, `registry` and `visits`. `web` is the console.
"""
