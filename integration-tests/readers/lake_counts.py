"""Counts the events of a warehouse's lake.

Usage: lake_counts.py WAREHOUSE

Prints one JSON object: `events`, a list of [content, type, late, count], and `identities`, the number of distinct event ids.
"""

import json
import sys

import duckdb

LAKE = sys.argv[1] + "/lake/events/**/*.parquet"
QUERY = "FROM read_parquet(?, hive_partitioning = false, union_by_name = true)"
connection = duckdb.connect()
events = connection.execute(f"SELECT content, type, late, count(*) {QUERY} GROUP BY ALL ORDER BY ALL", [LAKE]).fetchall()
identities = connection.execute(f"SELECT count(DISTINCT id) {QUERY}", [LAKE]).fetchone()[0]
print(json.dumps({"events": events, "identities": identities}))
