"""What a person is asked before something is done: the effect, a reason, and for grave things a word to type. Pure."""

from collections.abc import Mapping

from msgspec import Struct

LONGEST_REASON = 500


class Question(Struct, frozen=True, kw_only=True):
    """`word` is empty where none has to be typed; `tone` is `danger`, `caution` or `go`; `done` is said afterwards.

    `listed` names what it is about, one by one. `choices` are values with their titles, of which one is chosen.
    """

    title: str
    effects: tuple[str, ...]
    button: str
    tone: str
    done: str
    word: str = ""
    example: str = "for the record"
    dismiss: str = "Cancel"
    listed: tuple[str, ...] = ()
    asks: str = "Reason"
    optional: bool = False  # whether the reason may be left out
    choice: str = ""
    choices: tuple[tuple[str, str], ...] = ()


def complaint(question: Question, answers: Mapping[str, object]) -> str:
    """Say what is missing in the answers; empty where nothing is."""
    reason, word = answers.get("reason"), answers.get("word")
    if question.word and word != question.word:
        return f"Type {question.word} to confirm. Nothing was done."
    if question.choices and answers.get("choice") not in dict(question.choices):
        return f"Choose one of {', '.join(title for _, title in question.choices)}. Nothing was done."
    if not isinstance(reason, str) or not (reason.strip() or question.optional):
        return "Say why in a few words: the reason is kept with the change. Nothing was done."
    if len(reason) > LONGEST_REASON:
        return f"Say it in at most {LONGEST_REASON} characters. Nothing was done."
    return ""
