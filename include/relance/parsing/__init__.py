"""Turns one landed file into typed rows and rejects, by contract; knows no date, no feed and no other file."""

from relance.parsing.contract import (
    Column,
    Contract,
    contract_columns,
    contract_from,
    contract_version,
    load_contracts,
)
from relance.parsing.parse import ParsedFile, parse_documents, parse_object, parsed_dir

__all__ = [
    "Column",
    "Contract",
    "ParsedFile",
    "contract_columns",
    "contract_from",
    "contract_version",
    "load_contracts",
    "parse_documents",
    "parse_object",
    "parsed_dir",
]
