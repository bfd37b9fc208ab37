"""Importing what others export: CSV and XLSX files in, submissions out, told what differs from what is known.

The way of a row: `tables` (file → tables of rows) → `convert` (row → what it says, by a `mapping`) → `differ` (said
against known → events) → `run` (the driver). The owner of the data folder is reached only through a `Runner`.
"""

from services.imports.check import load_mapping
from services.imports.kinds import KINDS, kind_of
from services.imports.known import Runner
from services.imports.mapping import ImportMapping
from services.imports.problems import ErrorFile, InputError, Problem
from services.imports.run import Counts, Job, import_files
from services.imports.sample import propose
from services.imports.shipped import SHIPPED

__all__ = [
    "KINDS",
    "SHIPPED",
    "Counts",
    "ErrorFile",
    "ImportMapping",
    "InputError",
    "Job",
    "Problem",
    "Runner",
    "import_files",
    "kind_of",
    "load_mapping",
    "propose",
]
