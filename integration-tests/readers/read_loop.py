"""Reads the newest snapshot again and again while somebody else writes, and stops at the first thing that is wrong.

Usage: read_loop.py WAREHOUSE TIMES

The newest snapshot is found in three ways: by the name in tables/LATEST, through the views of tables/views.sql, and as
the largest `as_of` of a table's directory. It is read with DuckDB and with Polars. Each read must succeed, hold every
key once, have every course that the read before it had, and LATEST may only move forward. Prints one JSON object.
"""

import json
import os
import sys

import duckdb
import polars as pl

# Columns that together name a row; one that a table lacks is left out (an item may name its assessment or not).
KEYS = {
    "course_quality": ["course"],
    "content_quality": ["course", "content"],
    "content_segments": ["course", "content", "segment"],
    "item_quality": ["course", "assessment", "item"],
    "item_options": ["course", "item", "option"],
    "assessment_quality": ["course", "assessment"],
    "dropout": ["course", "axis", "place"],
    "course_activity": ["course", "hour"],
    "signals": ["signal_id"],
}


class Torn(Exception):
    """What a reader must never see."""


class Reader:
    """One way to the newest snapshot: `table(name)` gives a Polars frame."""

    def __init__(self, warehouse):
        self.tables = os.path.join(warehouse, "tables")
        self.warehouse = warehouse
        self.as_of = None

    def latest(self):
        with open(os.path.join(self.tables, "LATEST"), encoding="utf-8") as file:
            as_of = file.read().strip()
        if self.as_of is not None and as_of < self.as_of:
            raise Torn(f"LATEST went back from {self.as_of} to {as_of}")
        self.as_of = as_of
        return as_of


class ByLatest(Reader):
    """Plain files in the directory that LATEST names, read with Polars."""

    def read(self):
        as_of = self.latest()
        return {name: pl.read_parquet(f"{self.tables}/{name}/as_of={as_of}/*.parquet") for name in KEYS}


class ByViews(Reader):
    """The views of views.sql in DuckDB, started in the warehouse."""

    def read(self):
        with open(os.path.join(self.tables, "views.sql"), encoding="utf-8") as file:
            views = file.read()
        connection = duckdb.connect()
        try:
            connection.execute(views)
            return {name: frame(connection, f'SELECT {", ".join(KEYS[name])} FROM "{name}"') for name in KEYS}
        finally:
            connection.close()


class ByMaximum(Reader):
    """The largest as_of of each table, in DuckDB."""

    def read(self):
        connection = duckdb.connect()
        try:
            # One scan: a maximum taken by a second scan could be newer than what the first one saw.
            query = (
                "SELECT {} FROM read_parquet('{}/{}/as_of=*/*.parquet', hive_partitioning = true)"
                " QUALIFY as_of = max(as_of) OVER ()"
            )
            return {name: frame(connection, query.format(', '.join(KEYS[name]), self.tables, name)) for name in KEYS}
        finally:
            connection.close()


class ByMaximumPolars(Reader):
    """The largest as_of of each table, in Polars."""

    def read(self):
        newest = pl.col("as_of") == pl.col("as_of").max()
        return {
            name: pl.scan_parquet(f"{self.tables}/{name}/as_of=*/*.parquet", hive_partitioning=True).filter(newest).collect()
            for name in KEYS
        }


def frame(connection, query):
    """A query's rows as a Polars frame, without a third library in between."""
    result = connection.execute(query)
    columns = [column[0] for column in result.description]
    rows = result.fetchall()
    return pl.DataFrame({name: [row[i] for row in rows] for i, name in enumerate(columns)}, strict=False)


def check(tables, courses_before):
    """Gives the courses of a whole snapshot, or says what is torn."""
    for name, rows in tables.items():
        key = [column for column in KEYS[name] if column in rows.columns]
        if rows.height and not key:
            raise Torn(f"{name} has none of its key columns: {rows.columns}")
        if rows.height and rows.select(key).is_duplicated().any():
            twice = rows.filter(rows.select(key).is_duplicated()).select(key).head(3).rows()
            raise Torn(f"{name} has rows twice: {twice}")
    courses = set(tables["course_quality"]["course"]) if tables["course_quality"].height else set()
    if not courses >= courses_before:
        raise Torn(f"course_quality lost {sorted(courses_before - courses)}")
    for name, rows in tables.items():
        if name != "signals" and rows.height and not set(rows["course"]) <= courses:
            raise Torn(f"{name} has courses that course_quality lacks: {sorted(set(rows['course']) - courses)}")
    return courses


def main():
    warehouse, times = os.path.abspath(sys.argv[1]), int(sys.argv[2])
    os.chdir(warehouse)
    readers = [ByLatest(warehouse), ByViews(warehouse), ByMaximum(warehouse), ByMaximumPolars(warehouse)]
    courses = {type(reader).__name__: set() for reader in readers}
    snapshots = set()
    for number in range(times):
        for reader in readers:
            name = type(reader).__name__
            try:
                courses[name] = check(reader.read(), courses[name])
            except Exception as error:
                sys.exit(f"read {number} {name}: {type(error).__name__}: {error}")
        snapshots.add(readers[0].as_of)
    print(json.dumps({"reads": times, "snapshots": len(snapshots), "courses": len(courses["ByLatest"])}))


if __name__ == "__main__":
    main()
