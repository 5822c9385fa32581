"""Sheet Data notes: where the numbers come from, how far to trust them, and what the run had to say."""

from __future__ import annotations

from collections.abc import Iterator

from moo_budget.report.details import assumptions, fit_sentences, search_sentences
from moo_budget.report.page import Page
from moo_budget.workbook.book import NAMES, Book

_TEXT = 120  # letters in a line of notes


def add_notes(book: Book) -> None:
    """What each note is about, and the note; long ones are wrapped."""
    sheet = book.sheet("sheet_notes")
    for column, key in enumerate(("column_about", "column_note")):
        book.heading(sheet, 0, column, book.say(key))
    wrapped = book.format(text_wrap=True, valign="top")
    row = 0
    for row, (about, text) in enumerate(_notes(book), start=1):
        book.text(sheet, row, 0, about, wrapped)
        book.text(sheet, row, 1, text, wrapped)
    sheet.autofilter(0, 0, row, 1)
    sheet.freeze_panes(1, 0)
    sheet.set_column(0, 0, NAMES)
    sheet.set_column(1, 1, _TEXT)


def _notes(book: Book) -> Iterator[tuple[str, str]]:
    result, say = book.result, book.say
    page = Page.of(result)
    if result.history is not None:
        yield say("strip_data"), say("source_history", **result.history)
    if result.today_text:
        yield say("today"), say.of_engine(result.today_text)
    for text in fit_sentences(page):
        yield say("trust_fit"), text
    for text in search_sentences(page):
        yield say("search"), text
    for text in assumptions(page):
        yield say("assumed"), text
    for message in result.messages:
        yield say("messages"), message.text
    empty = [one for one in book.shown if one.plan.goals is None]
    for one in empty:
        yield say.plan_names(one.names), say("note_beyond")
    yield say("source"), say("note_made", created=result.created, seed=result.front.seed)
    versions = say("comma").join(f"{name} {version}" for name, version in result.versions.items())
    yield say("source"), say("source_versions", versions=versions)
