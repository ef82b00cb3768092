"""Values of the model as JSON and raw arrays, and back: read by the types that the dataclasses declare.

Nothing that is read decides what is made of it, as it would with a pickle: the reader names the type it wants.
"""

from __future__ import annotations

import hashlib
import types
import typing
from collections.abc import Hashable, Sequence
from dataclasses import dataclass, fields, is_dataclass
from enum import Enum
from functools import cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tui.core.alert.alerts import Alert
from tui.core.alert.nearness import Near
from tui.core.alert.response import Guard
from tui.core.alert.windowed import Told
from tui.core.columns import DTYPES
from tui.core.flow.listed import FlowRows
from tui.core.flow.names import NamedFlows
from tui.core.flow.owners import Owners
from tui.core.flow.records import ITEM, FlowRecords
from tui.core.namestable import NameRow
from tui.core.protocols import NAMES
from tui.core.snapshot import Snapshot

ARRAY = "#"
"""The key of an object that stands for an array; its value is the array's number."""
MADE_OF = {"alerts": tuple[Alert, ...]}
"""Fields whose declared type says less than what is in them."""

Arrays = list[NDArray[Any]]


class WireError(Exception):
    """What came is not what was asked for."""


def plain(value: object, arrays: Arrays) -> object:
    """JSON of a value; its arrays are appended to `arrays`."""
    if value is None or isinstance(value, bool | str):
        return value
    if isinstance(value, Enum):
        return value.value
    if isinstance(value, int | float):
        return value
    if isinstance(value, np.generic):
        return value.item()
    if isinstance(value, FlowRecords):
        return plain(value.table.view(np.uint8).reshape(-1), arrays)
    if isinstance(value, np.ndarray):
        arrays.append(value)
        return {ARRAY: len(arrays) - 1}
    if is_dataclass(value):
        kind: type = type(value)
        return {name: plain(getattr(value, name), arrays) for name in _fields(kind)}
    if isinstance(value, dict):
        return [[plain(key, arrays), plain(item, arrays)] for key, item in value.items()]
    if isinstance(value, Sequence):
        return [plain(item, arrays) for item in value]
    raise WireError(f"a {type(value).__name__} does not travel")


def shaped(wanted: Any, value: Any, arrays: Sequence[NDArray[Any]]) -> Any:
    """A value of the wanted type out of JSON and arrays. Raises WireError for anything else."""
    try:
        return _shaped(wanted, value, arrays)
    except (TypeError, ValueError, KeyError, IndexError, RecursionError) as error:
        raise WireError(f"no {wanted}: {error}") from None


def _shaped(wanted: Any, value: Any, arrays: Sequence[NDArray[Any]]) -> Any:
    if wanted is FlowRecords:
        return FlowRecords.over(np.frombuffer(_array(np.uint8, value, arrays).tobytes(), ITEM))
    if isinstance(wanted, type) and is_dataclass(wanted):
        return wanted(**{name: _shaped(hint, value[name], arrays) for name, hint in _fields(wanted).items()})
    origin, inside = typing.get_origin(wanted), typing.get_args(wanted)
    if origin in (typing.Union, types.UnionType):
        some = [part for part in inside if part is not type(None)]
        return None if value is None else _shaped(some[0], value, arrays)
    if origin is np.ndarray:
        return _array(typing.get_args(inside[1])[0], value, arrays)
    if origin is dict:
        key, item = inside
        return {_shaped(key, k, arrays): _shaped(item, v, arrays) for k, v in value}
    if origin in (tuple, list):
        each = inside if origin is tuple and inside[-1] is not ... else None
        if each is not None:
            return tuple(_shaped(hint, part, arrays) for hint, part in zip(each, value, strict=True))
        return origin(_shaped(inside[0], part, arrays) for part in value)
    if isinstance(wanted, type) and issubclass(wanted, Enum):
        return wanted(value)
    if wanted is float and isinstance(value, int):
        return float(value)
    if wanted in (int, str, bool, float) and isinstance(value, wanted):
        return value
    raise WireError(f"no {wanted}")


def _array(dtype: Any, value: Any, arrays: Sequence[NDArray[Any]]) -> NDArray[Any]:
    number = value[ARRAY]
    array = arrays[number] if isinstance(number, int) and number >= 0 else None
    if array is None or array.dtype != np.dtype(dtype):
        raise WireError(f"no array of {dtype}")
    return array


@cache
def _fields(of: type) -> dict[str, Any]:
    """The fields that travel, with their types: not what only this process could use."""
    hints = typing.get_type_hints(of)
    found = {field.name: MADE_OF.get(field.name, hints[field.name]) for field in fields(of)}
    return {name: hint for name, hint in found.items() if Hashable not in typing.get_args(hint)}


def _shape(of: Any, met: set[Any]) -> object:
    """The types below a type, for the digest."""
    parts = [_shape(part, met) for part in typing.get_args(of)]
    if is_dataclass(of) and isinstance(of, type) and of is not FlowRecords:
        if of in met:
            return of.__name__
        met.add(of)
        return of.__name__, [(name, _shape(hint, met)) for name, hint in _fields(of).items()]
    return str(of), parts


@dataclass(frozen=True, slots=True)
class Interface:
    """What a saved file says of an interface."""

    name: str
    description: str


def digest() -> str:
    """What both ends must have alike: every field, its type, and the protocols' numbers."""
    met: set[Any] = set()
    told = [_shape(of, met) for of in (Snapshot, FlowRows, NameRow, Owners, Interface, Near, Guard, Told, NamedFlows)]
    about = (1, told, [(name, str(np.dtype(dtype))) for name, dtype in DTYPES.items()], ITEM.descr, tuple(NAMES))
    return hashlib.blake2b(repr(about).encode(), digest_size=12).hexdigest()
