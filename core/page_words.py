"""What people read on the public pages: what this is, how to join, what is kept, what holds."""

from core.words import NAME

HOME = "Start"

# The front page
FRONT_TITLE = "City halls learn most from each other"
FRONT_LEAD = (
    f"{NAME} lets a city ask “who has tried this, and did it work?” without leaving its own Slack "
    "or Microsoft Teams. What is written in a linked channel in one city can be read, and "
    "answered, in the others."
)
ADD_TO_SLACK = "Add to Slack"
ADD_TO_TEAMS = "Add to Microsoft Teams"
HOW_LONG = "It takes an admin about ten minutes. You can leave at any time."
HOW_TITLE = "How it works"
HOW = (
    "An admin adds the app and says which city it is. The people who run the exchange confirm "
    "that, so nobody can pose as a city.",
    "The admin links a channel to a topic, such as housing. Nothing else in your workspace takes "
    "part.",
    "People write as they always do. Other cities read it with name and city, and their answers "
    "arrive in the thread.",
)
TOPICS_TITLE = "What cities talk about"
ONE_CITY = "1 city takes part so far."
MANY_CITIES = "{count} cities take part so far."
PUBLIC_TITLE = "Everything here is public"
PUBLIC = (
    "The exchange is for public information. What is written in a linked channel is a public "
    "record and stays for those who come later. A message that starts with // stays inside your "
    "city."
)
SANDBOX_STRONG = "This is the sandbox."
SANDBOX = "What is said here is made up for trying things out, and nothing leaves this computer."
SANDBOX_OPEN = "Open the four workspaces"

# Steps that both platforms have
CLAIM_STEP = "Say which city you are"
CONFIRMED_STEP = "Wait for a yes"
CONFIRMED_MORE = (
    "Whoever runs the exchange confirms your city, usually within a working day, and the app "
    "tells you. Until then nothing is posted, and you can read what is public."
)
LINK_STEP = "Link a channel"
LINK_MORE = (
    "Choose a topic, and the channel where your people will read it. A pinned notice there says "
    "who reads along. That is all: write, and the other cities can answer."
)
LEAVE_HEADING = "If you want to leave"
STEPS_TITLE = "Step by step"
THEN_TITLE = "Step by step, once you have that"
PRIVACY_FIRST = "what is kept and who reads it"
TERMS_FIRST = "what belongs here"
LOOK = "Two short pages say "
LOOK_BETWEEN = " and "

# Installing in Slack
SLACK_TITLE = "Add the exchange to Slack"
SLACK_LEAD = (
    "You need to be allowed to add apps in your workspace. Five steps, about ten minutes of your "
    "time."
)
SLACK_PRESS = "Press Add to Slack"
SLACK_PRESS_MORE = "Slack opens and shows what the app asks for. Nothing is added yet."
SLACK_AGREE = "Choose your workspace and agree"
SLACK_AGREE_MORE = (
    "At the top right, choose the workspace of your city, then press Allow. For a whole "
    "organization, choose the organization, and add the app to each workspace afterwards."
)
SLACK_CLAIM_MORE = (
    f"{NAME} writes to you in Slack. Press Set up there, type the name of your city, and choose it "
    "from the list."
)
SLACK_LEAVE = (
    f"Press Leave on the Home tab of {NAME}, or remove the app in Slack under Manage apps. Our key "
    "to your workspace is deleted at once."
)
SLACK_CLOSED = (
    "This exchange can't be added to Slack with a button. The people who run it add workspaces "
    "themselves. Ask them to add yours; it takes them a few minutes."
)
SLACK_OPERATOR = (
    "Do you run this exchange? Set {settings} and start it again. docs/install-slack.md says where "
    "to find them."
)

# Installing in Teams
TEAMS_TITLE = "Add the exchange to Microsoft Teams"
TEAMS_LEAD = (
    "Two people are needed: a Teams admin, who lets the app in, and the owner of a team. It can "
    "be the same person."
)
TEAMS_DOWNLOAD = "Download the Teams package"
TEAMS_GET = "Download the package"
TEAMS_GET_VERB = "Download"
TEAMS_GET_MORE = "It is a small file, app.zip. Leave it as it is; Teams unpacks it by itself."
TEAMS_UPLOAD = "Upload it"
TEAMS_UPLOAD_MORE = (
    "In the Teams admin center, open Teams apps, Manage apps, Actions, Upload new app, and choose "
    "the file. Allow the app for the people who need it."
)
TEAMS_ADMIN_CENTER = "Open the Teams admin center"
TEAMS_ADD = "Add it to a team"
TEAMS_ADD_MORE = (
    f"The team's owner opens Apps in Teams, chooses {NAME}, then Add to a team, and agrees to what "
    "it asks. In a private or shared channel, add the app to that channel as well."
)
TEAMS_CLAIM_MORE = (
    f"{NAME} writes to you in Teams. Press the button there, type the name of your city, and "
    "choose it from the list."
)
TEAMS_LEAVE = (
    f"Choose Leave in {NAME}'s menu, or remove the app from the team under Manage team, Apps."
)
TEAMS_CLOSED = (
    "This exchange has no package for Microsoft Teams to download. Ask the people who run it; they "
    "can send you one, or say when there will be one."
)
TEAMS_OPERATOR = (
    "Do you run this exchange? Set {settings} and start it again. docs/install-teams.md explains "
    "each."
)
TEAMS_NEEDS_ID = "TEAMS_APP_ID to the bot's Microsoft App ID"
TEAMS_NEEDS_ADDRESS = "EXCHANGE_BASE_URL to an https address that everybody can reach"
AND = " and "

# The end of an installation
NEXT_TITLE = "What comes next"
START_AGAIN = "Start again"

# What is kept
PRIVACY_TITLE = "Privacy: what we keep"
PRIVACY_LEAD = (
    "The exchange is for public information only. It carries what city staff write in linked "
    "channels to other cities, and keeps it as a public record."
)
KEPT_TITLE = "What is kept"
KEPT = (
    "What is written in linked channels, with earlier versions, reactions and files.",
    "The name, title and picture of whoever wrote it, their city, and the time.",
    "Who claimed a city, with their e-mail address, and which admin changed what.",
    "The keys that let the app into your workspace. They are encrypted.",
)
NOT_KEPT_TITLE = "What does not go out"
NOT_KEPT = (
    "Channels that aren't linked, and messages that start with //, go to no other city.",
    "Message texts and keys are not written into our logs.",
    "These pages count no visitors. One cookie is used while you add the app to Slack. It is good "
    "for ten minutes.",
    "Nothing is sold, and nothing is used for advertising.",
)
READ_TITLE = "Who can read it"
READ = (
    "Everybody in the cities that follow the topic, and the people who run the exchange. Because "
    "it is a public record, others may ask for it, as the law allows."
)
BACK_TITLE = "How to take something back, and how to leave"
BACK = (
    "Delete your message in Slack or Teams, and its copies in other cities go. The record of it "
    "stays with the exchange.",
    "An admin leaves by pressing Leave in the app. Links end and our keys are deleted at once.",
    "If an admin removes the app in Slack, our keys are deleted at once as well. Settings wait 30 "
    "days, in case you come back, then the links end too.",
    "What was said before stays in the other cities, and on record.",
)
QUESTIONS_TITLE = "Questions"
RUN_BY = "{name} runs this exchange."
WRITE_TO = "Write to "
NO_CONTACT = "Ask the person who told you about it, or your workspace's admins."

# What holds
TERMS_TITLE = "Terms: what holds here"
TERMS_LEAD = "Few rules, so that everybody can trust what they read."
WHO_TITLE = "Who may take part"
WHO = (
    "City governments and their staff. The people who run the exchange confirm each city before "
    "anything is posted.",
    "A workspace speaks for one city. People write under their own name.",
)
BELONGS_TITLE = "What belongs here"
BELONGS = (
    "Public information that is not sensitive: what you tried, what it cost, whether it worked.",
    "Not here: personal details of residents or staff, health or police records, open legal cases, "
    "passwords, anything confidential.",
    "What is written in a linked channel is a public record. Your city's own duties to keep "
    "records remain its own.",
)
PROMISE_TITLE = "What you can rely on, and what not"
PROMISE = (
    "We carry each message to every city that follows the topic, in order, and keep trying when "
    "one can't be reached.",
    "We can't promise when it arrives. Do not use the exchange in an emergency.",
    "Each city answers for what its people write. Check what others say before you rely on it.",
    "The people who run the exchange may pause or end a workspace's part. Your city may leave at "
    "any time.",
)
