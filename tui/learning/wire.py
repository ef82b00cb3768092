"""What the learner's process answers: a line of JSON, and arrays behind it. Importing this imports nothing large."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from tui import errors
from tui.errors import NettuiError

if TYPE_CHECKING:
    from numpy.typing import NDArray

CHECK, RANK, LABEL = b"C", b"R", b"L"
"""What can be asked: is the model good, how strange are these flows, what are they."""
_KINDS = ("UsageError", "NoSuchFile", "FormatError", "CaptureError", "MissingLibrary")


def packed(header: dict[str, Any], *arrays: NDArray[Any]) -> bytes:
    """An answer; the line also tells of the arrays."""
    told = {**header, "arrays": [(array.dtype.str, len(array)) for array in arrays]}
    return b"\n".join([json.dumps(told).encode(), b"".join(array.tobytes() for array in arrays)])


def refusal(error: NettuiError) -> bytes:
    """The answer that tells of an error."""
    kind = next((name for name in _KINDS if isinstance(error, getattr(errors, name))), "CaptureError")
    return packed({"error": kind, "message": error.message, "hint": error.hint})


def unpacked(answer: bytes) -> tuple[dict[str, Any], list[NDArray[Any]]]:
    """What `packed` has made; raises the error that `refusal` tells of."""
    line, _, rest = answer.partition(b"\n")
    header = json.loads(line)
    if "error" in header:
        kind: type[NettuiError] = getattr(errors, header["error"])
        raise kind(header["message"], header["hint"])
    if not header["arrays"]:
        return header, []
    import numpy as np

    found: list[NDArray[Any]] = []
    at = 0
    for dtype, count in header["arrays"]:
        found.append(np.frombuffer(rest, dtype, count, at))
        at += found[-1].nbytes
    return header, found
