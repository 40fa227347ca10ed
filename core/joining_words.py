"""What people read when a team has added the app by itself, without a page of ours."""

WELCOME_TITLE = "Thank you for adding us"
WELCOME = (
    "{app} is in {workspace} now. Next, say which city you are: that takes a minute, and whoever "
    "runs the exchange confirms it. Until then nothing is posted and nothing goes out."
)
ADD_TO_TEAM_TITLE = "One step is missing"
ADD_TO_TEAM = (
    "I am here for you, but in none of your organization's teams yet. Cities take part with a "
    "team: open Apps in Teams, choose {app}, then Add to a team, and choose yours. "
    "I write to you here as soon as I am there."
)
HEADING_HEARING = "What I can hear"
HEARS_MENTIONS_ONLY = (
    "In this team I have heard only messages that mention me, none of the others. If people write "
    "in a linked channel without a mention and the other cities don't get it, the team has not "
    "agreed that I may read it. A team owner mends that: remove the app under Manage team, Apps, "
    "add it again, and agree to what it asks. Until then, mention me in what is to go out."
)
