"""Rules and beliefs, from the grammar in section 4 of the design."""

from __future__ import annotations

from tests.grammar.choices import Choices

_MONEY = ("100", "0", "50", "1_200", "1.2e3", "250.5", "1e9", "0.001")
_OPS = ("<=", ">=", "==")
_RETURNS = ("0.5", "1.2", "2", "0.01", "80%", "-1", "1e6")


def rule(choices: Choices, channels: list[str], tags: list[str], goals: list[str]) -> str:
    """A rule on money, on a count, or on a goal."""
    kind = choices.below(5)
    if kind == 3:
        of = choices.one(["", *(f"({name_of(name)})" for name in [*tags, *channels])])
        return f"count{of} {choices.one(_OPS)} {choices.below(5)}"
    if kind == 4 and goals:
        goal = name_of(choices.one(goals))
        against = ["1", "10", "400", "20%", f"today({goal})", f"90% * today({goal})", f"1.1 * today({goal})", "1e9"]
        return f"{goal} {choices.one(('<=', '>='))} {choices.one(against)}"
    left, op = _money(choices, channels, tags), choices.one(_OPS[:2] if choices.below(6) else _OPS)
    right = [f"{choices.one(('60', '80', '100', '10'))}% * total", choices.one(_MONEY), _money(choices, channels, tags)]
    return f"{left} {op} {right[choices.below(3)]}"


def belief(choices: Choices, channels: list[str], tags: list[str], *, is_linear: bool) -> str:
    """A view; `is_linear`: one that Black and Litterman take."""
    names = [name_of(name) for name in [*channels, *(tags if choices.rarely(3) else [])]]
    kind = choices.one(("roi", "mroi")) if choices.below(6) else "implied"
    side = f"{kind}({choices.one(names)})"
    op = "==" if is_linear or choices.often() else choices.one(_OPS)
    other = f"{choices.one(('1.2', '80%', '0.5', '2'))} * {kind}({choices.one(names)})"
    sides = [choices.one(_RETURNS[:3] if choices.below(4) else _RETURNS), other]
    text = f"{side} {op} {choices.one(sides)}"
    if not is_linear and choices.rarely(4):
        text = f"quantile({side}, {choices.one(('10', '50', '99', '0'))}%) {choices.one(_OPS)} {choices.one(_RETURNS)}"
    return text + choices.one(("", " @ 60%", " @ 80%", " @ 100%", " @ 1%", " @ 0%"))


def name_of(name: str) -> str:
    """A name as statements write it."""
    return name if name.isidentifier() and "'" not in name else f"'{name}'"


def _money(choices: Choices, channels: list[str], tags: list[str], depth: int = 0) -> str:
    names = [name_of(name) for name in [*channels, *tags]]
    atoms = [choices.one(names), f"today({choices.one([*names, 'all'])})", "total"]
    atom = choices.one([atoms[0], *atoms])
    if depth < 3 and choices.rarely(6):
        atom = f"({_money(choices, channels, tags, depth + 1)})"
    term = choices.one(("", "", "", "0.5 * ", "2 * ", "80% * ", "-")) + atom + choices.one(("", "", "", " / 2"))
    more = choices.one(("", "", " + ", " - "))
    return term + (more + _money(choices, channels, tags, depth + 1) if more and depth < 3 else "")
