"""Columns between numpy, Arrow and Parquet, over the same memory where they can be."""

from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from pipelines.demo.tables import Array, Table

TYPES = {"int64": pa.int64(), "uint64": pa.uint64(), "int32": pa.int32(), "float64": pa.float64()}

ROWS_TOGETHER = 16_384  # a reader of some days skips the groups of rows of all others


def column(values: Array) -> pa.Array:
    """A numpy column as Arrow sees it, over the same memory (a bit per truth value, which Arrow packs)."""
    if values.dtype == bool:
        bits = pa.py_buffer(np.packbits(values, bitorder="little").tobytes())
        return pa.Array.from_buffers(pa.bool_(), len(values), [None, bits])
    buffer = pa.py_buffer(np.ascontiguousarray(values))
    return pa.Array.from_buffers(TYPES[values.dtype.name], len(values), [None, buffer])


def words(codes: Array, values: list[str]) -> pa.Array:
    """Codes as the words they stand for; a negative code is null."""
    valid = pa.py_buffer(np.packbits(codes >= 0, bitorder="little").tobytes())
    indices = pa.py_buffer(np.ascontiguousarray(codes, dtype=np.int32))
    places = pa.Array.from_buffers(pa.int32(), len(codes), [valid, indices])
    return pa.DictionaryArray.from_arrays(places, pa.array(values, pa.string()))


def numbers(values: pa.Array | pa.ChunkedArray) -> Array:
    """An Arrow column without nulls as numpy, in memory of its own."""
    values = values.combine_chunks() if isinstance(values, pa.ChunkedArray) else values
    if values.type == pa.bool_():
        bits = np.frombuffer(values.buffers()[1], np.uint8)
        return np.unpackbits(bits, count=len(values) + values.offset, bitorder="little")[values.offset :].astype(bool)
    name = next(name for name, kind in TYPES.items() if kind == values.type)
    if not len(values):
        return np.zeros(0, name)
    return np.frombuffer(values.buffers()[1], name, len(values), values.offset * np.dtype(name).itemsize).copy()


def save(table: pa.Table, path: Path) -> None:
    """Store a table as Parquet: words as dictionaries, numbers as they are."""
    path.parent.mkdir(parents=True, exist_ok=True)
    coded = [field.name for field in table.schema if pa.types.is_dictionary(field.type)]
    options = {"use_dictionary": coded, "write_statistics": ["deliver_on"], "row_group_size": ROWS_TOGETHER}
    pq.write_table(table, path, compression="lz4", **options)


def save_numbers(table: Table, path: Path) -> None:
    """Store columns of numbers as Parquet."""
    save(pa.table({name: column(values) for name, values in table.items()}), path)


def load_numbers(path: Path) -> Table:
    """Columns of numbers as they were stored."""
    table = pq.read_table(path)
    return {name: numbers(table[name]) for name in table.column_names}
