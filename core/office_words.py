"""What the office says: joining, setting up, administering, leaving. Short, plain and kind.

Texts with braces are filled in where they are used; docs/sentences.md shows them all on one page.
"""

from collections.abc import Sequence

from core.claims import Evidence
from core.places import City
from core.words import NAME

# Home
HOME_TITLE = NAME
HEADING_CITY = "Your city"
HEADING_LINKS = "Linked here"
HEADING_PEOPLE = "People and settings"
HEADING_ASK = "Ask the exchange"
HEADING_CLAIMS = "Waiting for you"
HEADING_WELCOME = "Welcome"

UNKNOWN = (
    "This workspace isn't part of the exchange yet. Ask one of its admins to install the app. "
    "If your city takes part with several teams, ask again from a channel of the team you mean."
)
UNCLAIMED = (
    "The exchange is one network of cities, each in its own Slack or Teams. "
    "First say which city this workspace belongs to; the operator then confirms it. "
    "Until then you can read what is public, and nothing is posted."
)
WAITING = (
    "{name} asked to take part for {city} {when}. The operator has been told and will answer here. "
    "Until then you can read what is public, and nothing is posted."
)
REFUSED = (
    "The operator did not confirm that this workspace belongs to {city}. Their reason: {reason} "
    "Nothing was posted. Write to the operator if this is a mistake; they can let you ask again."
)
SOMEBODY = "Somebody here"
A_CHANNEL = "one of your channels"
NO_REASON = "none was given."
FIRST_RUN = (
    "The operator has confirmed {city}. Choose the topics you care about and where they go; "
    "it takes about three minutes."
)
RUNNING = "{city} takes part."
PAUSED = (
    "The operator has paused this workspace, so nothing arrives and nothing goes out. "
    "What the other cities write is kept for you. Write to the operator to go on."
)
OPERATOR = "This is the operator's workspace. New claims are shown in the conversation you chose."
OPERATOR_NOWHERE = (
    "This is the operator's workspace. To be told of new claims here, run: "
    "python -m service workspaces operator ID --conversation ID"
)
NO_CLAIMS = "Nobody is waiting."
NO_LINKS = "No channel is linked here yet."
MORE_LINKS = "{count} more are linked; choose All links to see them."
ADMINS_ARE = "To change something, ask {names}."
ASK_ADMINS = "To change something, ask one of your workspace's admins."

BUTTON_CLAIM = "Claim your city"
BUTTON_WITHDRAW = "Take it back"
BUTTON_SET_UP = "Set up"
BUTTON_LINK = "Link a topic"
BUTTON_CHANGE = "Change {topic}"
BUTTON_ROLES = "Mayor and admins"
BUTTON_DIGEST = "Digest time"
BUTTON_HEALTH = "Is all well?"
BUTTON_TRAIL = "Who changed what"
BUTTON_LINKS = "All links"
BUTTON_LEAVE = "Leave"
BUTTON_HOME = "My city"
BUTTON_CONFIRM = "Confirm"
BUTTON_REFUSE = "Refuse"
BUTTON_LOOK = "Look at {city}"
BUTTON_UNDO = "Undo"
BUTTON_PAUSE = "Pause"
BUTTON_RESUME = "Go on"
BUTTON_UNLINK = "Unlink"

# Refusals that hold anywhere
TITLE_SORRY = "Not possible now"
NOT_FOR_YOU = "Only an admin of this workspace can do that. {ask}"
NOT_OPERATOR = "Only the operator can do that, in the operator's own workspace."
UNKNOWN_ACT = "This button is from an older version or leads nowhere now. Open My city again."
NOT_YET = "That is possible once the operator has confirmed your city. Open My city to see more."
CANT_READ = (
    "We can't reach our own records at the moment, so nothing was changed. "
    "Try again in a minute; if it stays so, tell the operator."
)
PLATFORM_SLOW = (
    "Your platform did not answer in time, so nothing was linked. Try again in a minute."
)

# A claim
CLAIM_TITLE = "Claim your city"
CLAIM_NEXT = "Next"
CLAIM_CITY = "Your city"
CLAIM_CITY_HINT = "Type the name and the state, such as Marfa TX"
CLAIM_CITY_MISSING = "Choose a city from the list."
CLAIM_CITY_UNKNOWN = "This city isn't in the directory. Type its name and choose it from the list."
CLAIM_CHECK_TITLE = "Is this right?"
CLAIM_SEND = "Send"
CLAIM_CHECK = (
    "You ask to take part for {city} ({detail}).",
    "The operator sees your name, your e-mail address and this workspace's name, and confirms or "
    "refuses, usually within a working day. We tell your admins here.",
    "Until then you can read what is public, and nothing is posted.",
    "Once confirmed, what people write in linked channels goes to other cities with their name "
    "and city, as a public record. You choose the channels, and can leave at any time.",
)
CLAIM_NOTE = "Your position in the city"
CLAIM_NOTE_HINT = "For example: City clerk. It helps the operator to confirm you."
CLAIM_SENT_TITLE = "Sent to the operator"
CLAIM_SENT = (
    "The operator has been told that you ask to take part for {city}. "
    "Your admins get a message here when it is decided."
)
CLAIM_ANOTHER_WAITS = (
    "Your workspace already waits for the operator's answer about {city}. "
    "To ask for another city, take that back first."
)
CLAIM_HAS_CITY = (
    "This workspace belongs to {city}, and a workspace speaks for one city only. "
    "Another city joins from its own workspace. If {city} is wrong, write to the operator."
)
CLAIM_WAS_REFUSED = (
    "The operator has refused this workspace, so it can't ask again by itself. "
    "Write to the operator; they can let you ask again."
)
CLAIM_WITHDRAWN_TITLE = "Taken back"
CLAIM_WITHDRAWN = "Your claim to {city} is taken back. Nobody decides about it any more."
CLAIM_DECIDED = "This claim is decided already: {state}."
CLAIM_NOT_THERE = "There is no such claim (any more)."
CITY_DETAIL = "{kind} · {people} people"
ANOTHER_WORKSPACE = "{city} takes part already, with: {names}. Yours would be another one."

# What the operator reads
NOTICE_TITLE = "{city} asks to take part"
NOTICE_WHO = "{name}{note} asks for {city} ({detail})."
NOTICE_EMAIL = "E-mail: {email}."
NOTICE_NO_EMAIL = "No e-mail address is known."
NOTICE_WORKSPACE = "From: {workspace} on {platform} ({external})."
NOTICE_REFERENCE = "By command: python -m service workspaces confirm {workspace}"
EVIDENCE = {
    Evidence.CITY_DOMAIN: "The address ends in a government domain with the city's name.",
    Evidence.GOVERNMENT: "The address ends in a government domain, without the city's name. "
    "Look whether it is this city's.",
    Evidence.NAMES_CITY: "The address holds the city's name, but anybody can register such a "
    "domain. Call the city before you confirm.",
    Evidence.OTHER: "Nothing in the address speaks for the city. Call the city before you confirm.",
    Evidence.NOTHING: "Without an address nothing speaks for the city. "
    "Call the city before you confirm.",
}
NOTICE_CONFIRMED = "Confirmed by {who}."
NOTICE_REFUSED = "Refused by {who}. Reason: {reason}"
NOTICE_WITHDRAWN = "Taken back by those who asked."
REFUSE_TITLE = "Refuse this claim"
REFUSE_SUBMIT = "Refuse"
REFUSE_INTRO = (
    "Those who asked for {city} will read your reason, and can't ask again by themselves."
)
REFUSE_REASON = "Reason"
REFUSE_REASON_HINT = "For example: Please write from your city's own e-mail address."
REFUSE_REASON_MISSING = "Write a reason, so that they know what to do."
DECIDED_TITLE = "Done"
DECIDED_CONFIRMED = "{city} takes part now. Their admins are being told."
DECIDED_REFUSED = "{city} was refused. Their admins are being told why."
TOLD_CONFIRMED = (
    "The operator has confirmed {city}. Choose Set up, above or in {app}'s home; "
    "it takes about three minutes."
)
TOLD_REFUSED = (
    "The operator did not confirm that this workspace belongs to {city}. Reason: {reason} "
    "Nothing was posted. Write to the operator if this is a mistake."
)

# Setting up
TOPICS_TITLE = "Choose topics"
TOPICS_SUBMIT = "Next"
TOPICS_LABEL = "Topics"
TOPICS_HINT = "Those most followed by cities like yours come first. You can add more later."
TOPICS_MISSING = "Choose at least one topic."
TOPICS_TOO_MANY = "Choose at most {count} at a time; you can add more later."
TOPICS_NONE_LEFT = "Every topic of the exchange is linked here already."
TOPIC_DETAIL = "{cities}, {alike} of your size"
TOPIC_NOBODY = "No city yet; you would be the first"
PLACE_TITLE = "Where does it go?"
PLACE_SUBMIT = "Link it"
PLACE_INTRO = "{topic}: {audience}"
PLACE_STEP = "Topic {number} of {count}."
PLACE_AUDIENCE = "what is written there goes to {cities}, with the writer's name and city."
PLACE_FIRST = "no other city follows it yet. They will read what is written after they join."
PLACE_ALSO = (
    "{city} follows this topic in {name} too. Who is in both places will read everything twice."
)
PLACE_CONVERSATION = "A channel you have"
PLACE_CONVERSATION_HINT = "Leave it empty to make a new one with the name below."
PLACE_CONVERSATION_ONLY = "Only channels of this team can be chosen."
PLACE_NAME = "Name of the new channel"
PLACE_NAME_HINT = "Used only when no channel is chosen above."
PLACE_MODE = "How much"
MODE_LIVE = "Everything, at once"
MODE_LIVE_DETAIL = "Both ways: you read the cities, the cities read you"
MODE_DIGEST = "A summary"
MODE_DIGEST_DETAIL = "One way: nothing that is written there goes out"
MODE_PAUSED = "Nothing for now"
MODE_PAUSED_DETAIL = "Paused: what was said stays"
PLACE_MISSING = "Choose a channel, or give a name for a new one."
PLACE_CHOOSE = "Choose a channel."
PLACE_TAKEN = (
    "This channel is linked to {topic} already. A channel takes part in one topic only, so that "
    "everybody knows who reads it. Choose another one."
)
PLACE_TWICE = (
    "{topic} is linked here already, in {name}. In two places, people would read everything twice "
    "and answers would scatter. Unlink it there first, or keep it."
)
PLACE_PRIVATE = (
    "The app can't see this channel: it is private, archived, or not of this workspace. "
    "If it is private, invite the app there first, then choose it again."
)
PLACE_ARCHIVED = "This channel is archived. Choose another one, or unarchive it first."
PLACE_NAME_TAKEN = "There is a channel of this name. Choose it above, or give another name."
PLACE_NAME_BAD = "Use up to 80 small letters, digits and hyphens."
PLACE_CANT_MAKE = (
    "Your workspace doesn't let the app make channels. Make it yourself, then choose it above."
)
PEOPLE_TITLE = "Last step"
PEOPLE_SUBMIT = "Finish"
PEOPLE_INTRO = "All of this can be changed later under My city."
ROLES_TITLE = "Mayor and admins"
SAVE = "Save"
MAYOR = "Mayor"
MAYOR_HINT = "Their posts are marked as the mayor's. Leave it empty if they aren't here."
ADMINS = "Who else may administer"
ADMINS_HINT = "They can link, unlink and leave, as the workspace's admins can."
DIGEST_TITLE = "Digest time"
DIGEST_DAY = "Day of the digest"
DIGEST_HOUR = "Hour of the digest"
DIGEST_HOUR_HINT = "In your city's time: {zone}"
CHOOSE_ONE = "Choose one from the list."
ONE_MAYOR = "Choose one person."
TOO_MANY_ADMINS = "Choose at most {count} people."
NO_PERSON = "We can't find this person in your workspace. Choose somebody else."
WEEKDAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
DONE_TITLE = "You are set"
DONE = (
    "Linked: {names}. A notice there says who reads what is written. "
    "Say hello, and the other cities read you."
)
DONE_NONE = "Nothing is linked yet. You can link topics at any time under My city."
SAVED_TITLE = "Saved"
SAVED = "Your changes are kept."

# Links
LINK_TITLE = "Change a link"
LINK_INTRO = "{topic} in {name}."
LINK_OUTGOING = "What goes out"
OUTGOING_ALL = "Every message"
OUTGOING_ALL_DETAIL = "All that people write in this channel"
OUTGOING_CHOSEN = "Chosen messages"
OUTGOING_CHOSEN_DETAIL = "Those that mention the app, and replies in their threads"
LINK_APPS = "Posts by other apps"
LINK_APPS_HINT = "Bots and workflows that write in this channel"
APPS_OFF = "Stay here"
APPS_ON = "Go out as well"
LINK_SAVED = "{topic} in {name}: {mode}. Goes out: {outgoing}. Posts by other apps {apps}."
LINK_PAUSED = "{topic} is paused: nothing arrives and nothing goes out."
LINK_RESUMED = "{topic} goes on. What was written meanwhile stays where it was written."
LINK_GONE = "This link isn't there any more. Open My city to see what is linked."
LINK_STILL_TAKEN = "That channel takes part in another topic by now, so it can't be linked again."
UNLINK_TITLE = "Unlink this topic?"
UNLINK_SUBMIT = "Unlink"
UNLINK_INTRO = (
    "{topic} in {name}: nothing will arrive or go out any more. What was said stays, here and in "
    "the other cities. What is on its way to you right now won't arrive."
)
UNLINKED = "{topic} isn't linked here any more. What was said stays."
RELINKED = "{topic} is linked again, in {name}."
LINK_LINE = "{topic} in {name}: {state}"
STATE_LIVE = "everything, at once"
STATE_CHOSEN = "everything comes in, chosen messages go out"
STATE_DIGEST = "a summary"
STATE_PAUSED = "paused"
STATE_TROUBLED = "stopped. {remedy}"

# Health and trail
HEALTH_TITLE = "Is all well?"
HEALTH_GOOD = "All links work, and nothing is late."
HEALTH_LATE = "{posts} from other cities should have arrived here by now. We keep trying."
HEALTH_HEARD = "We last heard from this workspace {when}."
HEALTH_NEVER = "We have not heard from this workspace yet. Write something in a linked channel."
TRAIL_TITLE = "Who changed what"
TRAIL_EMPTY = "Nothing was changed yet."

# Leaving
LEAVE_TITLE = "Leave the exchange?"
LEAVE_SUBMIT = "Leave"
LEAVE_INTRO = (
    "{city} would take no part from this workspace any more: {count} would be unlinked at once, "
    "and nothing arrives or goes out.",
    "What your people wrote stays in the other cities: it is a public record. They can still take "
    "their own posts back before you leave.",
    "Your settings and our key to this workspace are deleted. You can install the app again later "
    "and ask the operator anew.",
)
LEFT_TITLE = "You have left"
LEFT = (
    "This workspace takes no part in the exchange any more. Thank you for what you shared. "
    "You can now remove the app."
)

# The notice in a linked conversation
NOTICE_HERE = "This channel is shared."
NOTICE_LIVE = (
    "What is written here goes to every city that follows {topic}, in Slack and Teams, with your "
    "name and city. It is a public record. Replies from other cities appear here in the thread. "
    "Kept inside: messages that start with // and everything in channels that aren't linked. "
    "Questions, or want to stop? Ask an admin, who finds this channel in {app}'s home."
)
NOTICE_CHOSEN = (
    "Messages that mention @{app} go to every city that follows {topic}, in Slack and Teams, with "
    "your name and city, and so do replies in their threads. They are a public record. Everything "
    "else that is written here stays in your city. What other cities write appears here. "
    "Questions, or want to stop? Ask an admin, who finds this channel in {app}'s home."
)
NOTICE_DIGEST = (
    "A summary of {topic} from other cities comes here. Nothing that is written here goes out. "
    "Questions? Ask an admin, who finds this channel in {app}'s home."
)
NOTICE_PAUSED = (
    "The link to {topic} is paused: nothing arrives and nothing goes out. "
    "Ask an admin, who finds this channel in {app}'s home."
)
NOTICE_ENDED_TITLE = "This channel is no longer shared."
NOTICE_ENDED = "What is written here stays in your city. What was shared before is a public record."


def cities(count: int) -> str:
    """`1 city`, `41 cities`."""
    return "1 city" if count == 1 else f"{count:,} cities"


def posts(count: int) -> str:
    """`1 post`, `3 posts`."""
    return "1 post" if count == 1 else f"{count:,} posts"


def channels(count: int) -> str:
    """`1 channel`, `3 channels`."""
    return "1 channel" if count == 1 else f"{count:,} channels"


def listed(names: Sequence[str], at_most: int = 8) -> str:
    """`Housing, Water and 2 more`."""
    if len(names) > at_most:
        return f"{', '.join(names[:at_most])} and {len(names) - at_most} more"
    if len(names) > 1:
        return f"{', '.join(names[:-1])} and {names[-1]}"
    return names[0] if names else ""


def city_detail(city: City) -> str:
    """What tells cities of one name apart: `village · 3,655 people`."""
    return CITY_DETAIL.format(kind=city.kind or "place", people=f"{city.population:,}")


def hour(at: int) -> str:
    """`8 am`, `noon`, `3 pm`."""
    if at == 12:
        return "noon"
    return f"{at % 12 or 12} {'am' if at < 12 else 'pm'}"
