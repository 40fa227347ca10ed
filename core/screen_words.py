"""What people read around forms and pages while something is missing, slow or broken."""

NOTHING_TO_CHOOSE = "{label}: there is nothing to choose from yet."
FILL_IN = "{label}: please fill this in."
SEARCH_PLACEHOLDER = "Type to search"
SEARCH_HELP = "No list appears?"
SEARCH_TYPED = "{label}: type it here, then press {submit}"
SEARCH_FOUND = "{label}: choose one"
SEARCH_NOTHING = "Nothing was found for “{typed}”. Try fewer letters, or another spelling."
OPEN = "Open"
ONE_MOMENT = "One moment. This takes a little longer than usual."
MORE_THAN_FITS = "There is more than fits here."

CONTINUE = "Continue"
CANCEL = "Cancel"
CLOSE = "Close"

NOT_ANSWERED_TITLE = "{platform} didn't answer"
NOT_ANSWERED = "We could not see who you are, so nothing was changed. Please try again shortly."
BROKEN_TITLE = "That didn't work"
BROKEN = "Something on our side broke, and nothing was changed. Please try again shortly."
OLD_BUTTON = "This button is no longer in use. Type /exchange to start again."
NOT_TAKING_PART = (
    "This workspace doesn't take part in the exchange yet. Ask whoever runs the exchange to add it."
)
