"""One line of the table: what was measured, beside which floor, against which budget."""

from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class Result:
    """`measured` and `floor` in `unit`; the budget bounds the ratio where there is a floor, else the figure."""

    what: str
    measured: float
    unit: str
    budget: float | None = None
    floor: float | None = None
    at_most: bool = False

    @property
    def figure(self) -> float:
        return self.measured if self.floor is None else self.measured / self.floor

    @property
    def met(self) -> bool:
        if self.budget is None:
            return True
        return self.figure <= self.budget if self.at_most else self.figure >= self.budget

    def cells(self) -> tuple[str, ...]:
        sign = "at most" if self.at_most else "at least"
        unit = "" if self.floor is not None else f" {self.unit}"
        return (
            self.what,
            f"{self.measured:,.3g} {self.unit}" if self.measured < 100 else f"{self.measured:,.0f} {self.unit}",
            "" if self.floor is None else f"{self.floor:,.0f} {self.unit}",
            "" if self.floor is None else f"{self.figure:.2f}",
            "" if self.budget is None else f"{sign} {self.budget:,g}{unit}",
            "" if self.budget is None else ("[green]met[/green]" if self.met else "[red]not met[/red]"),
        )
