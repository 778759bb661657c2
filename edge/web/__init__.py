"""What the pages of a gate's console and of the operations centre share: texts in two languages, templates
and components, routes that are declared, what a request must bring, live pages, the server. It knows neither
of them. Enter by `catalogs`, `connections`, `cookies`, `errors`, `event_words`, `laying`, `pulse`,
`qr_code`, `rendering`, `routes`, `said`, `security`, `server`, `static_files`, `streams`, `texts`, `visit`
and `words`.
"""
