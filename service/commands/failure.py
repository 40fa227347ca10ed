"""How a command says that it could not do what was asked."""


class CommandFailed(Exception):
    """Three short parts: what happened, what it means, what to do now."""

    def __init__(self, what: str, meaning: str, remedy: str) -> None:
        super().__init__("\n".join(part for part in (what, meaning, remedy) if part))
        self.what = what
        self.meaning = meaning
        self.remedy = remedy
