"""The dialog before everything that a person does to the platform: the effect in words, a reason, a word to type.

The browser's own form holds back what is incomplete; the answers are checked again here, since a form can be forged.
"""

from collections.abc import Awaitable, Callable, Mapping

from nicegui import ui
from nicegui.events import GenericEventArguments

from stockbot_console.answers import Failure
from stockbot_console.components.elements import box, text
from stockbot_console.view_models.questions import LONGEST_REASON, Question, complaint

SUBMITTED = "(event) => { event.preventDefault(); emit(Object.fromEntries(new FormData(event.target))); }"
CANCELLED = "(event) => event.target.closest('dialog').close()"

Act = Callable[..., Awaitable[Failure | None]]  # given the reason, and the choice where there is one; None: it was done


class Confirmation:
    """One for a page, hidden until `ask` fills and shows it."""

    def __init__(self) -> None:
        self._dialog = box("sheet confirmation", tag="dialog")

    def ask(self, question: Question, act: Act) -> None:
        """Show the question; `act` is called once it was answered in full."""
        self._dialog.clear()
        self._dialog.props["aria-label"] = question.title
        with self._dialog:
            form = box(tag="form", method="dialog").mark("confirmation")
            with form:
                text(question.title, tag="h2")
                for effect in question.effects:
                    text(effect, "effect muted", tag="p")
                _list(question.listed)
                _choices(question)
                _fields(question)
                problem = text("", "problem")
                problem.props["role"] = "alert"
                _buttons(question)
        form.on("submit", _Submission(self, question, act, problem).take, js_handler=SUBMITTED)
        self._dialog.run_method("showModal")

    def close(self) -> None:
        self._dialog.run_method("close")


class _Submission:
    """What happens with the answers of one asking; a second click while the first is under way does nothing."""

    def __init__(self, confirmation: Confirmation, question: Question, act: Act, problem: ui.label) -> None:
        self._confirmation = confirmation
        self._question = question
        self._act = act
        self._problem = problem
        self._under_way = False

    async def take(self, event: GenericEventArguments) -> None:
        answers: Mapping[str, str] = event.args
        wrong = complaint(self._question, answers)
        self._problem.set_text(wrong)
        if wrong or self._under_way:
            return
        self._under_way = True
        chosen = (answers["choice"],) if self._question.choices else ()
        failure = await self._act(answers["reason"].strip(), *chosen)
        self._under_way = False
        if failure is None:
            self._confirmation.close()
            ui.notify(self._question.done, position="bottom-left", classes="done")
        else:
            self._problem.set_text(f"{failure.reason} {failure.remedy}".strip())


def _list(lines: tuple[str, ...]) -> None:
    if lines:
        with box("listed", tag="ul"):
            for line in lines:
                text(line, tag="li")


def _choices(question: Question) -> None:
    if question.choices:
        with box("field", tag="label"):
            text(question.choice, tag="span")
            with box(tag="select", name="choice"):
                for value, title in question.choices:
                    text(title, tag="option").props["value"] = value


def _fields(question: Question) -> None:
    with box("field", tag="label"):
        text(question.asks, tag="span")
        box(
            tag="input",
            name="reason",
            **({} if question.optional else {"required": ""}),
            maxlength=LONGEST_REASON,
            autocomplete="off",
            placeholder=question.example,
        )
    if question.word:
        with box("field", tag="label"):
            with box(tag="span"):
                text("Type ", tag="span")
                text(question.word, tag="code")
                text(" to confirm", tag="span")
            box(
                tag="input",
                name="word",
                required="",
                pattern=question.word,
                title=f"Type {question.word}",
                autocomplete="off",
                autocapitalize="characters",
                spellcheck="false",
            )


def _buttons(question: Question) -> None:
    with box("buttons"):
        with box("plain", tag="button", type="button").on("click", js_handler=CANCELLED):
            text(question.dismiss, tag="span")
        with box(f"plain {question.tone}", tag="button", type="submit"):
            text(question.button, tag="span")
