"""A local stand-in for Microsoft Teams: the Bot Connector, Graph history, and people.

`standin.TeamsStandIn` is the whole; `.app` may be mounted below any path once `public_url` is
set. Bots use `{public_url}/{region}/{tenant}/v3/…`, Graph is at `{public_url}/v1.0`, tokens at
`{public_url}/{tenant}/oauth2/v2.0/token`, keys at `{public_url}/v1/.well-known/…`.

People act through `POST {public_url}/control/{act}`, JSON in and out. Where an act happens:
`workspace`, `member`, `conversation` or `channel` (id, channel name, or `bot` for the chat with
the bot) and `thread` (id of any message of it).

say, mention, command {text, mention?}; edit {message, text}; delete, undelete {message};
react, unreact {message, reaction}; upload (multipart: the same fields, file, alt, as=file);
press {message, action, inputs} with `action` as it stands in the card; refresh {message};
action, shortcut or message_action {message, command}; compose {command};
search {command, query, parameter?}; link {url}; select {item};
submit {dialog, data}; close {dialog}; open (the chat with the bot);
faults {those of `world.Faults`, and server_errors};
settings {reads_all, graph_consent, reacts_everywhere, hears_edits, blocked_bot};
add {kind: workspace|channel|member|chat, name, members?}; remove {kind: channel|member};
rename {name, conversation?}; install {action: add|remove|add-upgrade|remove-upgrade};
team {event: teamArchived|teamUnarchived|teamDeleted|teamRestored}.

`GET state`, `GET message`, `GET journal?since=N` and the WebSocket `GET stream` read.
"""
