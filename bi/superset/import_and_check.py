"""Imports export/ into a Superset that runs, asks every chart for its data and compares it with a publication.

    SUPERSET_PASSWORD=... RELANCE_BI_URL=postgresql://lecture:...@host:5432/relance \\
        python bi/superset/import_and_check.py --superset http://127.0.0.1:8088 --publication data/publications/current

What Superset shows went through PostgreSQL, the export and Superset; what it is compared with is the DuckDB file of the
publication. Ends with 1 and a sentence if a chart gives an error, no row, or another figure.
"""

from __future__ import annotations

import argparse
import datetime as dt
import html
import io
import json
import math
import os
import re
import sys
import zipfile
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit, urlunsplit

import duckdb
import requests
import yaml

EXPORT = Path(__file__).parent / "export"
DATABASE_FILE = "databases/relance.yaml"
TIMEOUT_SECONDS = 120
Config = dict[str, Any]


class RefusedError(Exception):
    """Something to mend; the sentence says what."""


class Superset:
    """A session at Superset's REST API, with the token that its CSRF protection asks for."""

    def __init__(self, url: str, user: str, password: str) -> None:
        self._url = url.rstrip("/")
        self._session = requests.Session()
        login = {"username": user, "password": password, "provider": "db", "refresh": False}
        answer = self.ask("POST", "security/login", "log in", json=login)
        self._session.headers["Authorization"] = f"Bearer {answer['access_token']}"
        token = self.ask("GET", "security/csrf_token/", "get a CSRF token")["result"]
        self._session.headers.update({"X-CSRFToken": token, "Referer": self._url})

    def ask(self, method: str, path: str, purpose: str, **more: Any) -> Any:
        try:
            answer = self._session.request(method, f"{self._url}/api/v1/{path}", timeout=TIMEOUT_SECONDS, **more)
        except requests.RequestException as error:
            raise RefusedError(f"Superset at {self._url} did not answer ({purpose}): {type(error).__name__}.") from None
        if not answer.ok:
            raise RefusedError(f"Superset answered {answer.status_code} ({purpose}): {answer.text[:500]}")
        return answer.json()

    def format_locale(self) -> Config:
        """D3_FORMAT of its configuration, as its pages hand it to the browser."""
        page = self._session.get(f"{self._url}/login/", timeout=TIMEOUT_SECONDS).text
        found = re.search(r'data-bootstrap="([^"]*)"', page)
        return json.loads(html.unescape(found[1]))["common"]["d3_format"] if found else {}

    def import_export(self, bundle: bytes, password: str) -> None:
        self.ask(
            "POST",
            "assets/import/",
            "import the export",
            files={"bundle": ("relance.zip", bundle, "application/zip")},
            data={"passwords": json.dumps({DATABASE_FILE: password}), "sparse": "false"},
        )

    def chart_data(self, chart: Config) -> Config:
        """The answer to a chart's query, by the chart's identifier that does not change (`uuid`)."""
        found = self.ask("GET", f"chart/{chart['uuid']}", f"look for the chart {chart['slice_name']!r}")
        data = self.ask("GET", f"chart/{found['result']['id']}/data/?force=true", f"data of {chart['slice_name']!r}")
        (result,) = data["result"]
        return dict(result)

    def setting(self, name: str) -> str:
        """What PostgreSQL says of a setting of the connections that Superset opens."""
        (database,) = [
            one
            for one in self.ask("GET", "database/", "list the databases")["result"]
            if one["database_name"] == read(DATABASE_FILE)["database_name"]
        ]
        query = {"database_id": database["id"], "sql": f"show {name}", "runAsync": False}
        return str(self.ask("POST", "sqllab/execute/", f"ask for {name}", json=query)["data"][0][name])


def read(name: str) -> Config:
    """A file of the export."""
    config: Config = yaml.safe_load((EXPORT / name).read_text(encoding="utf-8"))
    return config


def bundle(address: str) -> bytes:
    """The export as a ZIP, for the database at `address`, which has no password."""
    changed = {
        DATABASE_FILE: read(DATABASE_FILE) | {"sqlalchemy_uri": address},
        "metadata.yaml": read("metadata.yaml") | {"type": "assets"},  # replaces what is there, charts included
    }
    written = io.BytesIO()
    with zipfile.ZipFile(written, "w", zipfile.ZIP_DEFLATED) as archive:
        for path in sorted(EXPORT.rglob("*.yaml")):
            name = str(path.relative_to(EXPORT))
            text = yaml.safe_dump(changed[name], allow_unicode=True) if name in changed else path.read_text("utf-8")
            archive.writestr(f"relance/{name}", text)
    return written.getvalue()


def split(url: str) -> tuple[str, str]:
    """The address that Superset keeps, with `XXXXXXXXXX` for the password as in its own exports, and the password."""
    parts = urlsplit(url)
    if parts.scheme not in ("postgresql", "postgresql+psycopg2") or not parts.username or not parts.password:
        raise RefusedError("RELANCE_BI_URL cannot be read: expected postgresql://lecture:password@host:5432/relance.")
    place = parts.netloc.rpartition("@")[2]
    address = urlunsplit(("postgresql+psycopg2", f"{parts.username}:XXXXXXXXXX@{place}", parts.path, parts.query, ""))
    return address, requests.utils.unquote(parts.password)


def expected(chart: Config, dataset: Config, warehouse: duckdb.DuckDBPyConnection) -> list[tuple[Any, ...]]:
    """What the chart's query gives in the publication's DuckDB file."""
    (query,) = json.loads(chart["query_context"])["queries"]
    sql = {one["column_name"]: one["expression"] or one["column_name"] for one in dataset["columns"]}
    sql |= {one["metric_name"]: one["expression"] for one in dataset["metrics"]}
    values: list[Any] = []
    conditions = ["true"]
    for one in query["filters"]:
        asked = one.get("val") if isinstance(one.get("val"), list) else [one["val"]] if "val" in one else []
        condition = f"in ({', '.join('?' * len(asked))})" if asked else "is not null"
        conditions.append(f"({sql[one['col']]}) {condition}")
        values += asked
    grouped = f"group by {', '.join(map(str, range(1, len(query['columns']) + 1)))}" if query["columns"] else ""
    shown = ", ".join(f"({sql[name]})" for name in [*query["columns"], *(query["metrics"] or ())])
    table = f"{dataset['schema']}.{dataset['table_name']}"
    rows = warehouse.execute(
        f"select {shown} from {table} where {' and '.join(conditions)} {grouped if query['metrics'] else ''}",  # noqa: S608
        values,
    )
    return rows.fetchall()


def shown(chart: Config, answer: Config) -> list[tuple[Any, ...]]:
    """The rows that Superset gave, in the order of the query's columns."""
    (query,) = json.loads(chart["query_context"])["queries"]
    return [tuple(row[name] for name in [*query["columns"], *(query["metrics"] or ())]) for row in answer["data"]]


def plain(value: Any) -> Any:
    """A value as Superset's JSON writes it."""
    if isinstance(value, dt.datetime | dt.date):
        moment = value if isinstance(value, dt.datetime) else dt.datetime.combine(value, dt.time())
        return moment.replace(tzinfo=dt.UTC).timestamp() * 1000
    return float(value) if isinstance(value, Decimal | int) and not isinstance(value, bool) else value


def differences(chart: Config, answer: Config, rows: list[tuple[Any, ...]]) -> Iterator[str]:
    """A sentence for what differs; the order of rows is the chart's own affair."""
    found, wanted = (
        sorted([tuple(map(plain, row)) for row in side], key=repr) for side in (shown(chart, answer), rows)
    )
    if len(found) != len(wanted):
        yield f"{chart['slice_name']}: {len(found)} rows in Superset, {len(wanted)} in the publication."
        return
    for here, there in zip(found, wanted, strict=True):
        if not all(_same(one, other) for one, other in zip(here, there, strict=True)):
            yield f"{chart['slice_name']}: Superset shows {here}, the publication says {there}."


def _same(one: Any, other: Any) -> bool:
    if isinstance(one, float) and isinstance(other, float):
        return math.isclose(one, other, rel_tol=1e-9, abs_tol=1e-9)
    return bool(one == other)


def check(superset: Superset, warehouse: duckdb.DuckDBPyConnection) -> Iterator[str]:
    """A sentence for each chart that is not as it should be; a line on the terminal for each that is."""
    datasets = {one["uuid"]: one for one in map(read, _names("datasets"))}
    for chart in map(read, _names("charts")):
        dataset = datasets[chart["dataset_uuid"]]
        try:
            answer = superset.chart_data(chart)
        except RefusedError as refused:
            yield f"{chart['slice_name']}: {refused}"
            continue
        if answer.get("error"):
            yield f"{chart['slice_name']}: {answer['error']}"
        elif not answer["rowcount"]:
            yield f"{chart['slice_name']}: no row."
        elif dataset["schema"] != "publication":
            yield from differences(chart, answer, expected(chart, dataset, warehouse))
            print(f"{answer['rowcount']:4} rows  {chart['slice_name']}")


def _names(kind: str) -> list[str]:
    return [str(path.relative_to(EXPORT)) for path in sorted((EXPORT / kind).rglob("*.yaml"))]


def main() -> None:
    """Import, ask, compare."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--superset", default="http://127.0.0.1:8088")
    parser.add_argument("--user", default="admin")
    parser.add_argument("--publication", type=Path, default=Path("data/publications/current"))
    asked = parser.parse_args()
    if missing := [name for name in ("SUPERSET_PASSWORD", "RELANCE_BI_URL") if not os.environ.get(name)]:
        raise RefusedError(f"Set {' and '.join(missing)} in the environment.")
    address, password = split(os.environ["RELANCE_BI_URL"])
    superset = Superset(asked.superset, asked.user, os.environ["SUPERSET_PASSWORD"])
    superset.import_export(bundle(address), password)
    with duckdb.connect(str(asked.publication / "warehouse.duckdb"), read_only=True) as warehouse:
        problems = list(check(superset, warehouse))
    for setting, wrong in (("statement_timeout", "0"), ("default_transaction_read_only", "off")):
        if superset.setting(setting) == wrong:
            problems.append(f"The role that Superset reads with has {setting} = {wrong}: see docs/bi.md, PostgreSQL.")
    if superset.format_locale().get("currency") != ["", "\u00a0M€"]:
        problems.append("D3_FORMAT of superset_config.py is not in force: millions of euros would be shown as dollars.")
    if problems:
        raise RefusedError("\n".join(problems))
    print(f"All charts of {len(_names('dashboards'))} dashboards give what the publication says.")


if __name__ == "__main__":
    try:
        main()
    except RefusedError as refused:
        sys.exit(str(refused))
