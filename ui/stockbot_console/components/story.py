"""One story of the explain view: a column of steps with the time between them. Used by the explain page."""

from nicegui.element import Element

from stockbot_console.components.elements import box, link, text
from stockbot_console.components.signal_list import chips
from stockbot_console.components.steps import timeline_list
from stockbot_console.view_models.explain import Story
from stockbot_console.view_models.explain_steps import Step


def story_article(story: Story) -> Element:
    with box("story", tag="article") as element:
        with box("story-head"):
            if story.symbol:
                link(story.symbol, f"/symbols/{story.symbol}", "symbol")
            text(story.title, tag="h2")
            text(f"by {story.strategy}" if story.strategy else "", "muted")
            text(story.word, f"badge {story.level}", tag="span")
            box("spring")
            text(f"{story.took} from the first step to the last" if story.took else "", "muted")
        with box("chain", tag="ol"):
            for step in story.steps:
                _step(step)
    return element


def _step(step: Step) -> None:
    with box(f"link {step.level}", tag="li"):
        with box("gutter"):
            text(step.clock, "clock", tag="span").props["title"] = step.when.exact if step.when else ""
            text(f"+{step.after}" if step.after else "", "after muted", tag="span")
        with box("panel body"):
            with box("head"):
                text(step.name, "kind", tag="span")
                text(step.title, "title", tag="h3")
                if step.word:
                    text(step.word, f"badge {step.level}", tag="span")
                box("spring")
                if step.link:
                    link("Open", step.link, "more")
            _body(step)


def _body(step: Step) -> None:
    for sentence in step.sentences:
        text(sentence, "against" if step.level == "bad" else "why", tag="p")
    chips(step.facts)
    if step.findings:
        with box("findings", tag="details"):
            text(f"{len(step.findings)} checks", tag="summary")
            for word, level, sentence in step.findings:
                with box("finding-row"):
                    text(word, f"mark {level}", tag="span")
                    text(sentence, tag="span")
    if step.timeline:
        timeline_list(step.timeline)
    if step.lines:
        with box("entry", tag="table"), box(tag="tbody"):
            for where, shares, amount in step.lines:
                with box(tag="tr"):
                    text(where, tag="td")
                    text(shares, "muted", tag="td")
                    text(amount, "amount", tag="td")
