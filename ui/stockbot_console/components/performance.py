"""Statistics with what each says, and the months as a map of heat. Used by the portfolio page."""

from nicegui.element import Element

from stockbot_console.components.elements import box, text
from stockbot_console.view_models.statistics import MONTHS, HeatCell, HeatYear, StatisticRow


def statistics_panel(rows: tuple[StatisticRow, ...], unknown: tuple[tuple[str, str], ...]) -> Element:
    with box("panel", tag="section") as element:
        with box("toolbar"):
            text("Statistics", tag="h2")
        with box("statistics"):
            for row in rows:
                with box("statistic", title=row.sentence):
                    text(row.name, "title")
                    text(row.value, "value")
                    text(row.sentence, "note muted")
        if unknown:
            with box("unknown-statistics"):
                for names, reason in unknown:
                    text(f"{names}: {reason.removesuffix('.')}.", "muted", tag="p")
    return element


def heat_map(years: tuple[HeatYear, ...]) -> Element:
    """Every month's return in percent; the sign stands beside the colour."""
    with box("panel", tag="section") as element:
        with box("toolbar"):
            text("Months", tag="h2")
            text("return in percent", "muted")
        with box("heat-frame"), box("heat", tag="table"):
            with box(tag="thead"), box(tag="tr"):
                for title in ("", *MONTHS, "Year"):
                    text(title, tag="th")
            with box(tag="tbody"):
                for year in years:
                    _year(year)
    return element


def _year(year: HeatYear) -> None:
    with box(tag="tr"):
        text(year.year, tag="th")
        for cell in (*year.months, year.total):
            _cell(cell)


def _cell(cell: HeatCell) -> None:
    text(cell.text, f"heat-cell {cell.direction}", tag="td").style(f"--strength: {cell.strength:.2f}")
