"""The console: pages for people in a browser, over the same store as the commands. Its pages lie in
`pages`, one module a part; each declares its routes in a table, with the act that it takes. Enter by `app`,
`server` and `services`; `report_view` puts reports on paper.
"""
