"""What people read while they install the app. Plain, short, and says what comes next."""

from dataclasses import dataclass

from core.installations import Welcome
from core.places import WorkspaceState
from core.words import NAME


@dataclass(frozen=True, slots=True)
class InstallPage:
    """The page at the end of an installation: what happened, what it means, what to do now."""

    ok: bool
    title: str
    lines: tuple[str, ...]
    next_steps: tuple[str, ...] = ()


START_AGAIN = "Go back to the start and press Add to Slack again."
TELL_OPERATOR = "If it happens again, tell the people who run this exchange."

DENIED = InstallPage(
    False,
    "Nothing was installed",
    ("You chose not to add the app, so nothing in your workspace has changed.",),
    ("If that was a slip, start again. You can look at what the app asks for before you agree.",),
)
STATE_UNKNOWN = InstallPage(
    False,
    "This page can't be opened like this",
    (
        "It belongs to an installation that was begun in another browser, was finished already, "
        "or took more than ten minutes. Nothing was installed.",
    ),
    (START_AGAIN,),
)
CODE_USED = InstallPage(
    False,
    "This step was done before",
    (
        "Slack lets each step be done once, within ten minutes. If you saw the page that says the "
        "app is installed, all is well. Otherwise nothing was installed.",
    ),
    (START_AGAIN,),
)
NO_ANSWER = InstallPage(
    False,
    "Slack did not answer",
    ("So nothing was installed, and nothing in your workspace has changed.",),
    ("Wait a minute.", START_AGAIN, TELL_OPERATOR),
)
SET_UP_WRONG = InstallPage(
    False,
    "This exchange can't be installed at the moment",
    (
        "Slack does not recognise this server. That is ours to mend, not yours. "
        "Nothing was installed.",
    ),
    ("Tell the people who run this exchange what you saw here.",),
)
NOT_SET_UP = InstallPage(
    False,
    "This exchange can't be added with a button",
    ("The people who run it add workspaces themselves.",),
    ("Ask them to add yours. It takes them a few minutes.",),
)

OPEN_HOME = f"Open Slack. {NAME} has written to you: press Set up there."
_ADDED = f"{NAME} is in {{workspace}}"
_CLAIM = (
    "Say which city you are. Whoever runs the exchange confirms it, usually within a working day."
)
_LINK = "Then choose a topic and the channel where your people will read it."


def _page(title: str, lines: tuple[str, ...], *next_steps: str) -> InstallPage:
    return InstallPage(True, title, lines, next_steps)


def installed_page(outcome: Welcome, workspace: str, state: WorkspaceState) -> InstallPage:
    """What somebody reads who has just installed the app in a workspace."""
    title = _ADDED.format(workspace=workspace)
    if outcome is Welcome.REFUSED:
        return InstallPage(
            False,
            f"{workspace} does not take part",
            (
                "Whoever runs this exchange has declined this workspace before, so the app was "
                "not added and we kept nothing of it.",
            ),
            ("If you think that is a mistake, write to them. They can open the door again.",),
        )
    if outcome is Welcome.BACK:
        return _page(
            f"Welcome back, {workspace}",
            (
                "Everything is as it was: your city, your linked channels and your settings. "
                "What other cities wrote meanwhile arrives in order.",
            ),
            f"In private channels, invite the app again: type /invite @{NAME} there.",
        )
    if state is WorkspaceState.CONFIRMED:
        return _page(
            title, ("It works with a new permission now, and nothing else has changed.",), OPEN_HOME
        )
    if state is WorkspaceState.PAUSED:
        return _page(
            title,
            ("Your workspace is paused, so nothing goes in or out for now.",),
            "Ask whoever runs the exchange when it goes on.",
        )
    return _page(title, ("Nothing is shared yet.",), OPEN_HOME, _CLAIM, _LINK)


def organization_page(organization: str, teams: int) -> InstallPage:
    """What somebody reads who has installed the app for a whole organization."""
    where = "1 workspace" if teams == 1 else f"{teams} workspaces"
    so_far = f"It is in {where} so far." if teams else "It is in none of its workspaces yet."
    return _page(
        _ADDED.format(workspace=organization),
        (f"{so_far} Nothing is shared yet.",),
        "In Slack's organization settings, add the app to each workspace that is to take part.",
        "An admin of each workspace then opens the app and presses Set up.",
    )


WELCOME_TITLE = f"{NAME} is here"
WELCOME = (
    "Thank you for adding it. Nothing is shared yet. "
    "Say which city you are and choose the first channel: it takes about five minutes."
)
WELCOME_BACK_TITLE = "Welcome back"
WELCOME_BACK = (
    "Everything is as it was: your city, your linked channels and your settings. "
    "What other cities wrote meanwhile arrives in order."
)
SET_UP = "Set up"
SET_UP_VERB = "home"
"""What the button asks of the office."""
