"""Turns one landed file into typed rows and rejects, by contract; knows no date, no feed and no other file."""

from relance.parsing.archive import Member, Unpacked, standing_unpacked, unpack, unpack_once
from relance.parsing.container import ARCHIVE
from relance.parsing.contract import (
    Column,
    Contract,
    contract_columns,
    contract_from,
    contract_version,
    load_contracts,
)
from relance.parsing.parse import (
    ParsedFile,
    parse_documents,
    parse_object,
    parse_received,
    parsed_dir,
    standing_parse,
)
from relance.parsing.set_aside import COVER_DEFECT, SetAside

__all__ = [
    "ARCHIVE",
    "COVER_DEFECT",
    "Column",
    "Contract",
    "Member",
    "ParsedFile",
    "SetAside",
    "Unpacked",
    "contract_columns",
    "contract_from",
    "contract_version",
    "load_contracts",
    "parse_documents",
    "parse_object",
    "parse_received",
    "parsed_dir",
    "standing_parse",
    "standing_unpacked",
    "unpack",
    "unpack_once",
]
