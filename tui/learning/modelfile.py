"""Model files: skops, which loads without running code, with what the model is and a digest of all of it."""

from __future__ import annotations

import contextlib
import hashlib
import io
import zipfile
from pathlib import Path
from typing import Any

from tui import __version__
from tui.core.features import FEATURES
from tui.errors import FormatError, NoSuchFile, SaveError
from tui.learning.classifier import Classifier
from tui.learning.extra import need

FORMAT = 1
LARGEST = 1 << 30
"""Bytes of a model file that are read."""
_COMMENT = b"nettui model sha256="
_TRUSTED = ("sklearn.", "numpy.", "scipy.sparse.")
"""Where the types of a model come from; a file that names others is refused."""
_HINT = "train it again: nettui train FILE... -o model.skops"


def save(model: Classifier, path: Path) -> None:
    """Write the model; the digest stands in the comment of the archive. Raises SaveError."""
    skops, sklearn = need("skops.io"), need("sklearn")
    state = {
        "nettui_model": FORMAT, "nettui": __version__, "scikit_learn": sklearn.__version__, "features": list(FEATURES),
        "classes": model.classes, "scores": model.scores, "pipeline": model.pipeline,
    }  # fmt: skip
    archive = io.BytesIO(skops.dumps(state))
    digest = _digest(archive)
    with zipfile.ZipFile(archive, "a") as opened:
        opened.comment = _COMMENT + digest.encode()
    part = path.with_name(path.name + ".part")
    try:
        part.write_bytes(archive.getvalue())
        part.replace(path)
    except OSError as error:
        with contextlib.suppress(OSError):
            part.unlink()
        raise SaveError(f"cannot write {path}: {error.strerror}", "choose another place with -o") from None


def _digest(archive: io.BytesIO) -> str:
    """Over the names and contents of all members."""
    found = hashlib.sha256()
    with zipfile.ZipFile(archive) as opened:
        for info in sorted(opened.infolist(), key=lambda item: item.filename):
            content = opened.read(info)
            found.update(f"{info.filename}\0{len(content)}\0".encode())
            found.update(content)
    return found.hexdigest()


def load(path: Path) -> Classifier:
    """Read a model. Raises FormatError for one that was changed, is of other features or versions, or is none."""
    skops = need("skops.io")
    try:
        if path.stat().st_size > LARGEST:
            raise FormatError(f"{path} is too large to be a model", _HINT)
        data = path.read_bytes()
    except OSError as error:
        raise NoSuchFile(f"cannot read {path}: {error.strerror}", "name the file that train wrote") from None
    try:
        archive = io.BytesIO(data)
        with zipfile.ZipFile(archive) as opened:
            comment = opened.comment
        if not comment.startswith(_COMMENT):
            raise FormatError(f"{path} is no model of nettui", _HINT)
        if comment[len(_COMMENT) :] != _digest(archive).encode():
            raise FormatError(f"{path} was changed after it was written", _HINT)
        foreign = [name for name in skops.get_untrusted_types(data=data) if not str(name).startswith(_TRUSTED)]
        if foreign:
            raise FormatError(f"{path} names types that no model has: {', '.join(map(str, foreign[:3]))}", _HINT)
        state = skops.loads(data, trusted=[str(name) for name in skops.get_untrusted_types(data=data)])
    except FormatError:
        raise
    except Exception as error:  # noqa: BLE001 - a damaged archive raises anything from zipfile, json, NumPy and skops
        raise FormatError(f"{path} is no model, or is damaged ({type(error).__name__})", _HINT) from None
    return _checked(state, path)


def _checked(state: Any, path: Path) -> Classifier:
    """The model, where its parts are what this version of nettui expects."""
    if not isinstance(state, dict) or state.get("nettui_model") != FORMAT:
        raise FormatError(f"{path} is a model of another version of nettui", _HINT)
    ours = need("sklearn").__version__
    if _minor(str(state.get("scikit_learn"))) != _minor(ours):
        raise FormatError(f"{path} was made with scikit-learn {state.get('scikit_learn')}, here is {ours}", _HINT)
    if list(state.get("features", ())) != list(FEATURES):
        raise FormatError(f"{path} was trained on other features than this version has", _HINT)
    if not hasattr(state.get("pipeline"), "predict_proba"):
        raise FormatError(f"{path} holds no classifier", _HINT)
    return Classifier(state["pipeline"], dict(state["classes"]), dict(state["scores"]))


def _minor(version: str) -> str:
    """Forests of one minor version read each other."""
    return ".".join(version.split(".")[:2])
