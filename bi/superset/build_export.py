"""Writes export/, what Superset imports, from datasets.yml and dashboards/*.yml: `python bi/superset/build_export.py`.

Columns, their French labels and units are those of the marts. A test checks that export/ is current, and that every
column and metric that a chart names is there. Identifiers are made from names, so that importing again replaces.
"""

from __future__ import annotations

import json
import math
import re
import shutil
import uuid
from collections.abc import Iterable, Iterator
from functools import cache
from pathlib import Path
from typing import Any

import yaml

from relance.audit import CONTROLS, CONTROLS_DESCRIPTION
from relance.publication.served_tables import UNITS_FR
from relance.warehouse.descriptions import describe_marts

BI = Path(__file__).parent
EXPORT = BI / "export"
DBT = BI.parents[1] / "dbt_project"
# No password: whoever imports gives the address and it (import_and_check.py, or the form of Superset's import).
DATABASE_URI = "postgresql+psycopg2://lecture@localhost:5432/relance"
MILLION = 1_000_000
# Formats of D3 in the French of superset_config.py, where $ is the unit M€. What no format says follows the label.
FORMATS = {"EUR": ",.0f", "MEUR": "$,.1f", "ratio": ",.1%", "years": ",.1f", "months": ",.0f", "points": "+,.1f"}
EUROS = {"symbol": "EUR", "symbolPosition": "suffix"}
SUFFIXES = {"years": "années", "months": "mois", "points": "points"}
COUNT_FORMAT = ",.0f"
DATE_FORMATS = {"month": "%B %Y", "date": "%d/%m/%Y", "UTC": "%d/%m/%Y %H:%M"}
TYPES = {"varchar": "TEXT"}
# A row's height is counted in units of 8 pixels; its width is 12 columns. On a screen of 1024 pixels, a column has room
# for so many characters of a note, and a line of one needs so many units.
NOTE_COLUMN_CHARACTERS, NOTE_LINE_UNITS, NOTE_MARGIN_UNITS = 13, 2, 2
Config = dict[str, Any]


def export() -> dict[str, str]:
    """Every file of the export, by its path."""
    described = yaml.safe_load((BI / "datasets.yml").read_text(encoding="utf-8"))
    datasets = {name: _dataset(name, spec or {}, described["words"]) for name, spec in described["datasets"].items()}
    files: dict[str, Config] = {
        "metadata.yaml": {"version": "1.0.0", "type": "Dashboard", "timestamp": "2026-11-25T00:00:00+00:00"},
        "databases/relance.yaml": _database(),
    }
    files |= {f"datasets/relance/{name.replace('.', '__')}.yaml": one for name, one in datasets.items()}
    for path in sorted((BI / "dashboards").glob("*.yml")):
        spec = yaml.safe_load(path.read_text(encoding="utf-8"))
        charts = {
            key: _chart(f"{path.stem}/{key}", one, datasets, described["datasets"][one["dataset"]]["source"])
            for key, one in spec["charts"].items()
        }
        files |= {f"charts/{path.stem}__{key}.yaml": chart for key, chart in charts.items()}
        files[f"dashboards/{path.stem}.yaml"] = _dashboard(path.stem, spec, charts, datasets)
    return {name: yaml.safe_dump(one, allow_unicode=True, sort_keys=False, width=120) for name, one in files.items()}


def _id(name: str) -> str:
    return str(uuid.uuid5(uuid.NAMESPACE_URL, f"relance/bi/superset/{name}"))


def _database() -> Config:
    engine = {"connect_args": {"application_name": "superset", "options": "-c default_transaction_read_only=on"}}
    return {
        "database_name": "Relance (marts)",
        "sqlalchemy_uri": DATABASE_URI,
        "expose_in_sqllab": True,
        "allow_run_async": False,
        "allow_ctas": False,
        "allow_cvas": False,
        "allow_dml": False,
        "allow_csv_upload": False,
        "extra": {"engine_params": engine, "allows_virtual_table_explore": True},
        "uuid": _id("database"),
        "version": "1.0.0",
    }


# --- datasets ---------------------------------------------------------------------------------------------------------


@cache
def marts() -> dict[str, dict[str, Any]]:
    """What is published, by `schema.name`."""
    return {**describe_marts(DBT), CONTROLS: CONTROLS_DESCRIPTION}


def _dataset(name: str, spec: Config, words: Config) -> Config:
    schema, table = name.split(".")
    mart = marts().get(name) or _described_here(spec)
    columns = {column["name"]: column for column in mart["columns"]}
    shown = [_column(column) for column in columns.values()]
    for code in spec.get("words", ()):
        shown.append(_computed(f"{code}_fr", columns[code]["label_fr"], _in_words(code, words[code])))
    for euros in spec.get("in_millions", ()):
        shown.append(_computed(f"{euros[:-3]}meur", columns[euros]["label_fr"], f"{euros} / {MILLION}.0"))
    shown += [_computed(each, *said) for each, said in spec.get("computed", {}).items()]
    return {
        "table_name": table,
        "description": mart["label_fr"],
        "schema": schema,
        "main_dttm_col": None,
        "filter_select_enabled": True,
        "extra": None,
        "normalize_columns": False,
        "always_filter_main_dttm": False,
        "uuid": _id(f"dataset/{name}"),
        "metrics": list(_metrics(spec, columns)),
        "columns": shown,
        "version": "1.0.0",
        "database_uuid": _id("database"),
    }


def _described_here(spec: Config) -> dict[str, Any]:
    columns = [
        {"name": name, "data_type": data_type, "label_fr": label, "unit": unit}
        for name, (data_type, label, unit) in spec["columns"].items()
    ]
    return {"label_fr": spec["label_fr"], "columns": columns}


def _column(column: Config) -> Config:
    return {
        "column_name": column["name"],
        "verbose_name": labelled(column["label_fr"], column["unit"]),
        "description": UNITS_FR.get(column["unit"]),
        "type": TYPES.get(column["data_type"], column["data_type"]).upper(),
        "is_dttm": column["data_type"].startswith(("date", "timestamp")),
        "is_active": True,
        "groupby": True,
        "filterable": True,
        "expression": None,
    }


def _computed(name: str, label: str, expression: str) -> Config:
    return {
        "column_name": name,
        "verbose_name": label,
        "description": None,
        "type": None,
        "is_dttm": False,
        "is_active": True,
        "groupby": True,
        "filterable": True,
        "expression": expression,
    }


def _in_words(column: str, words: dict[str, str]) -> str:
    def quoted(text: str) -> str:
        return "'" + text.replace("'", "''") + "'"

    cases = " ".join(f"when {quoted(code)} then {quoted(word)}" for code, word in words.items())
    return f"case {column} {cases} else {column} end"


def labelled(label: str, unit: str) -> str:
    """A label with the unit of its figures, where they are shown without it: « Durée publiée (années) »."""
    suffix = SUFFIXES.get(unit)
    if suffix is None:
        return label
    return f"{label[:-1]}, {suffix})" if label.endswith(")") else f"{label} ({suffix})"


def _metrics(spec: Config, columns: Config) -> Iterator[Config]:
    for name in spec.get("sum", ()):
        unit = columns[name]["unit"]
        yield _metric(f"sum_{name}", columns[name], unit, f"sum({name})")
        if unit == "EUR":
            yield _metric(f"sum_{name[:-3]}meur", columns[name], "MEUR", f"sum({name}) / {MILLION}.0")
    for aggregate in ("max", "avg"):
        for name in spec.get(aggregate, ()):
            unit = columns[name]["unit"]
            yield _metric(f"{aggregate}_{name}", columns[name], unit, f"{aggregate}({name})")
            if unit == "EUR":
                in_millions = f"{aggregate}({name}) / {MILLION}.0"
                yield _metric(f"{aggregate}_{name[:-3]}meur", columns[name], "MEUR", in_millions)
    for name, (above, below) in spec.get("ratio", {}).items():
        label = _ratio_labels()[name]
        yield _metric(name, {"label_fr": label}, "ratio", f"sum({above}) / nullif(sum({below}), 0)")
    for name, (label, expression, unit) in spec.get("named", {}).items():
        yield _metric(name, {"label_fr": label}, unit, expression)
    for name, (label, condition) in spec.get("count", {}).items():
        yield _metric(name, {"label_fr": label}, "rows", f"count(*) filter (where {condition})")


def _metric(name: str, column: Config, unit: str, expression: str) -> Config:
    return {
        "metric_name": name,
        "verbose_name": labelled(column["label_fr"], unit),
        "expression": expression,
        "description": None,
        "d3format": FORMATS.get(unit, COUNT_FORMAT),
        "currency": EUROS if unit == "EUR" else None,
    }


@cache
def _ratio_labels() -> dict[str, str]:
    semantic = yaml.safe_load((DBT / "models" / "semantic" / "_semantic.yml").read_text(encoding="utf-8"))
    return {metric["name"]: metric["label"] for metric in semantic["metrics"] if metric["type"] == "ratio"}


# --- charts -----------------------------------------------------------------------------------------------------------


def _chart(name: str, spec: Config, datasets: dict[str, Config], source: str) -> Config:
    dataset = datasets[spec["dataset"]]
    kind, own, query = KINDS[spec["kind"]](spec, dataset)
    filters = list(_filters(spec.get("where", {})))
    params = {
        "viz_type": kind,
        "adhoc_filters": [_adhoc(one) for one in filters],
        "row_limit": spec.get("rows", 1000),
        **own,
        **spec.get("params", {}),
    }
    context = {
        "datasource": {"id": 0, "type": "table"},
        "force": False,
        "queries": [{"filters": filters, "row_limit": params["row_limit"], **query}],
        "form_data": params,
        "result_format": "json",
        "result_type": "full",
    }
    return {
        "slice_name": spec["title"],
        "description": " ".join(said for said in (spec.get("about"), f"Source : {source}") if said),
        "viz_type": kind,
        "params": params,
        "query_context": json.dumps(context, ensure_ascii=False),
        "cache_timeout": None,
        "uuid": _id(f"chart/{name}"),
        "version": "1.0.0",
        "dataset_uuid": dataset["uuid"],
    }


def _filters(where: Config) -> Iterator[Config]:
    for column, value in where.items():
        if value == "any":
            yield {"col": column, "op": "IS NOT NULL"}
        else:
            yield {"col": column, "op": "IN" if isinstance(value, list) else "==", "val": value}


def _adhoc(one: Config) -> Config:
    name = f"{one['col']} {one['op']} {one.get('val')}"
    return {
        "clause": "WHERE",
        "expressionType": "SIMPLE",
        "subject": one["col"],
        "operator": one["op"],
        "comparator": one.get("val"),
        "filterOptionName": f"filter_{_id(name)[:8]}",
    }


Drawn = tuple[str, Config, Config]


def _number(spec: Config, dataset: Config) -> Drawn:
    metric = _named(dataset["metrics"], "metric_name", spec["metric"])
    own = {
        "metric": spec["metric"],
        "subtitle": spec.get("subtitle", ""),
        "y_axis_format": metric["d3format"],
        "header_font_size": 0.5,
        "subtitle_font_size": 0.2,
    }
    return "big_number_total", own, {"columns": [], "metrics": [spec["metric"]]}


def _series(spec: Config, dataset: Config) -> Drawn:
    first = _named(dataset["metrics"], "metric_name", spec["metrics"][0])
    own = {
        "x_axis": spec["x"],
        "time_grain_sqla": None,
        "metrics": spec["metrics"],
        "groupby": spec.get("by", []),
        "y_axis_format": spec.get("format", first["d3format"]).replace(".1", ".1~"),  # 20 M€ and 54,9 M€
        "x_axis_time_format": "%b %Y",
        "xAxisLabelInterval": "0" if spec["kind"] == "bars" else "auto",
        "tooltipTimeFormat": "%B %Y",
        "x_axis_sort_asc": spec.get("ascending", True),
        "x_axis_title": spec.get("x_title", ""),
        "x_axis_title_margin": 30 if "x_title" in spec else 0,
        "y_axis_title": "",
        "show_legend": True,
        "legendType": "plain",  # every series named at once; a scrolling legend hides all but the first two
        "legendOrientation": "top",
        "rich_tooltip": True,
        "showTooltipTotal": bool(spec.get("stack")),  # of parts only: slippages, or awarded and paid, are no sum
        "color_scheme": "supersetColors",
        "only_total": False,
        "truncate_metric": True,
        "show_value": spec.get("values", True),
    }
    if spec["kind"] == "bars":
        own |= {"orientation": "horizontal" if spec.get("horizontal") else "vertical"}
        own |= {"stack": "Stack" if spec.get("stack") else None}
    else:
        own |= {"markerEnabled": True, "markerSize": 7}
    if "sort" in spec:
        own |= {"x_axis_sort": spec["sort"]}
    order = [[spec.get("sort", spec["x"]), spec.get("ascending", True)]]
    query = {"columns": [spec["x"], *spec.get("by", [])], "metrics": spec["metrics"], "orderby": order}
    return f"echarts_timeseries_{'bar' if spec['kind'] == 'bars' else 'line'}", own, query


def _table(spec: Config, dataset: Config) -> Drawn:
    columns, metrics, order = spec["columns"], spec.get("metrics", []), spec.get("order", [])
    ordered = [[name.removeprefix("-"), not name.startswith("-")] for name in order]
    own = {
        "order_by_cols": [json.dumps(each) for each in ordered],
        "column_config": {name: shape for name in [*columns, *metrics] if (shape := _shape(name, dataset))},
        "table_timestamp_format": "%d/%m/%Y",
        "show_cell_bars": False,
        "color_pn": False,
        "allow_rearrange_columns": False,
        "page_length": spec.get("page", 0),
    }
    if metrics:
        own |= {"query_mode": "aggregate", "groupby": columns, "metrics": metrics, "order_desc": False}
        own |= {"timeseries_limit_metric": ordered[0][0], "order_desc": not ordered[0][1]} if ordered else {}
        query: Config = {"columns": columns, "metrics": metrics, "orderby": ordered}
    else:
        own |= {"query_mode": "raw", "all_columns": columns}
        query = {"columns": columns, "metrics": None, "orderby": ordered}  # an empty list would group the rows
    return "table", own, query


KINDS = {"number": _number, "bars": _series, "lines": _series, "table": _table}


def _shape(name: str, dataset: Config) -> Config | None:
    """How a table shows a column: figures by their unit, dates as their unit says."""
    for metric in dataset["metrics"]:
        if metric["metric_name"] == name:
            return _figures(metric["d3format"], metric["currency"])
    column = _named(dataset["columns"], "column_name", name)
    if name.endswith("_meur"):
        return _figures(FORMATS["MEUR"], None)
    mart = marts().get(f"{dataset['schema']}.{dataset['table_name']}", {"columns": []})
    unit = next((one["unit"] for one in mart["columns"] if one["name"] == name), "")
    if column["is_dttm"]:
        return {"d3TimeFormat": DATE_FORMATS.get(unit, "%d/%m/%Y")}
    number = FORMATS.get(unit, COUNT_FORMAT if column["type"] in ("BIGINT", "INTEGER") else None)
    return _figures(number, EUROS if unit == "EUR" else None) if number else None


def _figures(number: str, currency: Config | None) -> Config:
    return {"d3NumberFormat": number} | ({"currencyFormat": currency} if currency else {})


def _named(found: Iterable[Config], attribute: str, name: str) -> Config:
    for one in found:
        if one[attribute] == name:
            return one
    raise SystemExit(
        f"bi/superset/dashboards names {name}, which its dataset in bi/superset/datasets.yml does not have."
    )


# --- dashboards -------------------------------------------------------------------------------------------------------


def _dashboard(name: str, spec: Config, charts: dict[str, Config], datasets: dict[str, Config]) -> Config:
    numbers = {key: number for number, key in enumerate(charts, 1)}
    position: Config = {
        "DASHBOARD_VERSION_KEY": "v2",
        "ROOT_ID": {"type": "ROOT", "id": "ROOT_ID", "children": ["GRID_ID"]},
        "GRID_ID": {"type": "GRID", "id": "GRID_ID", "children": [], "parents": ["ROOT_ID"]},
        "HEADER_ID": {"type": "HEADER", "id": "HEADER_ID", "meta": {"text": spec["title"]}},
    }
    for index, row in enumerate(spec["rows"]):
        parts = _row(f"ROW-{name}-{index}", row, charts, numbers)
        position |= parts
        position["GRID_ID"]["children"].append(next(iter(parts)))
    return {
        "dashboard_title": spec["title"],
        "description": spec["about"],
        "css": (BI / "dashboards" / "style.css").read_text(encoding="utf-8"),
        "slug": spec["slug"],
        "uuid": _id(f"dashboard/{name}"),
        "position": position,
        "metadata": {
            "native_filter_configuration": [_filter(one, numbers, datasets) for one in spec["filters"]],
            "label_colors": spec["colors"],
            "shared_label_colors": [],
            "color_scheme": "supersetColors",
            "cross_filters_enabled": False,
            "filter_bar_orientation": "HORIZONTAL",
            "refresh_frequency": 0,
            "expanded_slices": {},
            "timed_refresh_immune_slices": [],
        },
        "version": "1.0.0",
        "published": True,
    }


def _row(row_id: str, row: Config, charts: dict[str, Config], numbers: dict[str, int]) -> Config:
    """A row and what is in it, by identifier. Below a chart stands what it says and its source, unless it is a figure
    or the row has a text: Superset 6.1.0 shows the description of a chart nowhere on a dashboard."""
    parents = ["ROOT_ID", "GRID_ID", row_id]
    transparent = {"background": "BACKGROUND_TRANSPARENT"}
    parts: Config = {
        row_id: {"type": "ROW", "id": row_id, "children": [], "parents": parents[:-1], "meta": transparent}
    }
    notes = {
        key: _note_units(charts[key]["description"], width)
        for key, width in row["cells"].items()
        if "text" not in row and charts[key]["viz_type"] != "big_number_total"
    }
    for key, width in row["cells"].items():
        size = {"width": width, "height": row["height"]}
        if key not in charts:
            cell = _markdown(f"MARKDOWN-{row_id}-{key}", row["text"], size, parents)
        elif key not in notes:
            cell = _chart_cell(key, charts[key], numbers[key], size, parents)
        else:
            cell = {
                "type": "COLUMN",
                "id": f"COLUMN-{key}",
                "parents": parents,
                "meta": {"width": width, **transparent},
            }
            inside = [*parents, cell["id"]]
            below = {"width": width, "height": max(notes.values())}
            chart = _chart_cell(key, charts[key], numbers[key], size, inside)
            note = _markdown(f"MARKDOWN-{row_id}-{key}", charts[key]["description"], below, inside)
            parts |= {one["id"]: one for one in (chart, note)}
            cell["children"] = [chart["id"], note["id"]]
        parts[cell["id"]] = cell
        parts[row_id]["children"].append(cell["id"])
    return parts


def _note_units(note: str, width: int) -> int:
    return NOTE_MARGIN_UNITS + NOTE_LINE_UNITS * math.ceil(len(note) / (NOTE_COLUMN_CHARACTERS * width))


def _chart_cell(key: str, chart: Config, number: int, size: Config, parents: list[str]) -> Config:
    meta = size | {"chartId": number, "uuid": chart["uuid"], "sliceName": chart["slice_name"]}
    return {"type": "CHART", "id": f"CHART-{key}", "children": [], "parents": parents, "meta": meta}


def _markdown(identifier: str, text: str, size: Config, parents: list[str]) -> Config:
    return {"type": "MARKDOWN", "id": identifier, "children": [], "parents": parents, "meta": size | {"code": text}}


def _filter(one: Config, numbers: dict[str, int], datasets: dict[str, Config]) -> Config:
    return {
        "id": f"NATIVE_FILTER-{re.sub(r'[^a-z]', '', one['column'])}",
        "name": one["name"],
        "filterType": "filter_select",
        "type": "NATIVE_FILTER",
        "targets": [{"column": {"name": one["column"]}, "datasetUuid": datasets[one["dataset"]]["uuid"]}],
        "defaultDataMask": {"extraFormData": {}, "filterState": {}, "ownState": {}},
        "controlValues": {
            "multiSelect": True,
            "enableEmptyFilter": False,
            "searchAllOptions": False,
            "sortAscending": True,
        },
        "cascadeParentIds": [],
        "scope": {
            "rootPath": ["ROOT_ID"],
            "excluded": [number for key, number in numbers.items() if key not in one["charts"]],
        },
        "description": one.get("about", ""),
    }


def main() -> None:
    """Write the folder anew."""
    files = export()
    shutil.rmtree(EXPORT, ignore_errors=True)
    for name, text in files.items():
        path = EXPORT / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    print(f"wrote {EXPORT}: {len(files)} files")


if __name__ == "__main__":
    main()
