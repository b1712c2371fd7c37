"""Searches every file below the given directories, decoded as far as anyone could without the key, for given words.

Usage: search.py NEEDLES DIRECTORY...

NEEDLES holds one word a line. Each is searched for as it is and as its plain digests (hexadecimal and bytes), for a
digest without a key would give a learner away as well. Parquet is read column by column, zstd frames and gzip members
are unpacked wherever they begin. Prints one JSON object: files, decoded bytes, and the hits (at most 20).
"""

import gzip
import hashlib
import io
import json
import os
import sys
import zlib

import duckdb
import zstandard

ZSTD = b"\x28\xb5\x2f\xfd"
GZIP = b"\x1f\x8b\x08"


def forms(word):
    """A word and its plain digests."""
    raw = word.encode()
    yield "plain", raw
    for name in ("md5", "sha1", "sha256", "sha512"):
        digest = hashlib.new(name, raw)
        yield f"{name} hex", digest.hexdigest().encode()
        yield f"{name} bytes", digest.digest()


def layers(path):
    """The bytes of a file, then what can be unpacked from them."""
    with open(path, "rb") as file:
        raw = file.read()
    yield raw
    if raw[:4] == b"PAR1":
        connection = duckdb.connect()
        rows = connection.execute("SELECT * FROM read_parquet(?, hive_partitioning = false)", [path]).fetchall()
        yield b"\n".join(cell if isinstance(cell, bytes) else str(cell).encode() for row in rows for cell in row)
        return
    for start in places(raw, ZSTD):
        try:
            yield zstandard.ZstdDecompressor().stream_reader(io.BytesIO(raw[start:])).read()
        except zstandard.ZstdError:
            continue  # the four bytes were no frame
    for start in places(raw, GZIP):
        try:
            yield gzip.GzipFile(fileobj=io.BytesIO(raw[start:])).read()
        except (OSError, EOFError, zlib.error):
            continue  # the three bytes were no member


def places(raw, magic):
    start = raw.find(magic)
    while start >= 0:
        yield start
        start = raw.find(magic, start + 1)


def main():
    with open(sys.argv[1], encoding="utf-8") as file:
        needles = [(word, form, raw) for word in file.read().split("\n") if word for form, raw in forms(word)]
    found, files, decoded = [], 0, 0
    for root in sys.argv[2:]:
        for folder, _, names in os.walk(root):
            for name in names:
                path = os.path.join(folder, name)
                files += 1
                for layer in layers(path):
                    decoded += len(layer)
                    found += [
                        {"file": os.path.relpath(path, root), "word": word, "form": form}
                        for word, form, raw in needles
                        if raw in layer
                    ]
    print(json.dumps({"files": files, "decoded_bytes": decoded, "hits": found[:20], "hits_total": len(found)}))


if __name__ == "__main__":
    main()
