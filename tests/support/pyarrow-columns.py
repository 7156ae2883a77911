"""Prints the columns of a Parquet file as pyarrow reads them: doubles as their 64 bits in hexadecimal, times in milliseconds.

Arguments: the file, and the columns to read; all when none is named.
"""

import json
import sys

import pyarrow as pa
import pyarrow.parquet as pq


def cells(array):
    if pa.types.is_float64(array.type):
        return [None if bits is None else f"{bits:016x}" for bits in array.view(pa.uint64()).to_pylist()]
    if pa.types.is_timestamp(array.type):
        return array.view(pa.int64()).to_pylist()
    if pa.types.is_list(array.type):
        elements, offsets = cells(array.values), array.offsets.to_pylist()
        return [elements[start:end] for start, end in zip(offsets, offsets[1:])]
    return array.to_pylist()


table = pq.ParquetFile(sys.argv[1]).read(columns=sys.argv[2:] or None)
columns = {
    name: {"type": str(column.type), "cells": [cell for chunk in column.chunks for cell in cells(chunk)]}
    for name, column in zip(table.column_names, table.columns)
}
json.dump(columns, sys.stdout)
