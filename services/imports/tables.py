"""A file as tables of rows with their line numbers: CSV, CSV.gz, XLSX and old XLS, told apart by content.

In: a path, the form the mapping declares, and how many wanted columns a row names. Out: a `Book`. Raises
`InputError` where there is no table to read at all. Nothing but the headers has been read when this returns.
"""

from collections.abc import Sequence
from pathlib import Path

from services.imports.mapping import FileForm
from services.imports.problems import InputError
from services.imports.tables_row import Book, Broken, Row, Score, Table
from services.imports.tables_text import open_text
from services.imports.tables_xlsx import open_sheets

__all__ = ["Book", "Broken", "Row", "Score", "Table", "none_wanted", "open_book"]

_MARKUP = (b"<html", b"<!doctype", b"<table", b"<meta", b"<head", b"<body", b"<div", b"<style", b"<?xml", b"<!--")


def none_wanted(cells: Sequence[str]) -> int:
    """For files whose header is their first row."""
    return 0


def open_book(path: Path, form: FileForm, score: Score = none_wanted) -> Book:
    try:
        with path.open("rb") as file:
            head = file.read(512)
    except OSError as error:
        raise InputError(f"{path}: 无法读取（{error.strerror}） / cannot be read") from error
    if head.startswith(b"PK\x03\x04"):
        return open_sheets(path, form, score, old=False)
    if head.startswith(b"\xd0\xcf\x11\xe0"):
        return open_sheets(path, form, score, old=True)
    if head.startswith((b"\xff\xfe", b"\xfe\xff")):
        raise InputError(f"{path}: UTF-16 编码，请另存为 CSV UTF-8 / UTF-16; save it as CSV UTF-8")
    start = head.removeprefix(b"\xef\xbb\xbf").lstrip().lower()
    if start.startswith(_MARKUP):
        raise InputError(
            f"{path}: 内容是网页（HTML 或 XML），不是表格文件；请用表格软件打开后另存为 .xlsx / this is HTML or XML "
            "with another name: open it in a spreadsheet program and save it as .xlsx"
        )
    return Book((open_text(path, form, score),))
