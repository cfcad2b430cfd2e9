"""Users' own meshes once they are read: kept by a digest of their bytes, so that scenes name content and no path.

A scene says `pump.glb@DIGEST`; any process on this machine finds what was read there, and another machine does once it
has loaded the scenario.
"""

from __future__ import annotations

import io
import os
import tempfile
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from simgen.errors import SimgenError, UserError
from simgen.models.texture import Texture

_READER = 2  # number of the way in which files are read; another is another content
_MARK = "@"


@dataclass(frozen=True, eq=False)
class MeshData:
    """What a mesh file holds, in its own units and axes.

    Attributes:
        corners: (T, 3, 3) float32 triangle corners, counter-clockwise seen from outside.
        finish_of: (T,) int16 row of `finishes` of each triangle.
        finishes: (M, 5) float32 linear RGB, roughness, metallic.
        texture_of: (M,) int16 number of the texture of each finish, -1 for none.
        textures: the textures.
        uv: (T, 3, 2) float32 texels at the corners, from the top left; 0 without a texture.
        cloud: (N, 3) float32 points of its collision pieces.
        piece_of: (N,) int16 which piece each point belongs to.
        mass_kg: as a URDF states it, else 0.
        center: (3,) float64 centre of mass as a URDF states it, NaN where there is none.
        y_up: whether its format says that y is up.
    """

    corners: NDArray[np.float32]
    finish_of: NDArray[np.int16]
    finishes: NDArray[np.float32]
    texture_of: NDArray[np.int16]
    textures: tuple[Texture, ...]
    uv: NDArray[np.float32]
    cloud: NDArray[np.float32]
    piece_of: NDArray[np.int16]
    mass_kg: float
    center: NDArray[np.float64]
    y_up: bool


def reference(name: str, digest: str) -> str:
    """How a scene names a mesh: the file's name, for people, and the digest of its content."""
    return f"{name}{_MARK}{digest}"


def is_kept(digest: str) -> bool:
    """Whether what has this digest was read before."""
    return _file(digest).is_file()


def keep(digest: str, data: MeshData) -> None:
    """Keep what was read under the digest of its bytes.

    Raises:
        SimgenError: nothing can be written there.
    """
    file = _file(digest)
    buffer = io.BytesIO()
    np.savez(
        buffer, corners=data.corners, finish_of=data.finish_of, finishes=data.finishes, cloud=data.cloud,
        piece_of=data.piece_of, mass_kg=np.float64(data.mass_kg), center=data.center, y_up=np.bool_(data.y_up),
        texture_of=data.texture_of, uv=data.uv, sizes=np.array([(t.width, t.height) for t in data.textures], np.int64),
        words=np.concatenate([np.zeros(0, np.int32), *(t.words for t in data.textures)]),
    )  # fmt: skip
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        handle, part = tempfile.mkstemp(dir=file.parent, suffix=".part")
        with os.fdopen(handle, "wb") as out:
            out.write(buffer.getvalue())
        os.replace(part, file)
    except OSError as error:
        raise SimgenError(
            f"meshes are kept in {file.parent}, which cannot be written ({error.strerror}); free space there or set "
            f"SIMGEN_CACHE_DIR to a folder that can be written to"
        ) from error


@lru_cache(maxsize=64)
def load(named: str) -> MeshData:
    """The mesh that a scene names.

    Raises:
        UserError: it was never read on this machine.
    """
    name, _, digest = named.rpartition(_MARK)
    if not name or not digest.isalnum():
        raise UserError(f"mesh: {named!r} names no mesh; a scenario names a file, as in params: {{file: pump.glb}}")
    try:
        with np.load(_file(digest), allow_pickle=False) as found:
            return MeshData(
                corners=found["corners"],
                finish_of=found["finish_of"],
                finishes=found["finishes"],
                texture_of=found["texture_of"],
                textures=_textures(found["words"], found["sizes"]),
                uv=found["uv"],
                cloud=found["cloud"],
                piece_of=found["piece_of"],
                mass_kg=float(found["mass_kg"]),
                center=found["center"],
                y_up=bool(found["y_up"]),
            )
    except (OSError, ValueError, KeyError) as error:
        raise UserError(
            f"mesh: {name!r} of content {digest} is not on this machine; load the scenario that names it, beside its "
            f"files, once (simgen validate FILE)"
        ) from error


def _textures(words: NDArray[np.int32], sizes: NDArray[np.int64]) -> tuple[Texture, ...]:
    out, begin = [], 0
    for width, height in sizes.reshape(-1, 2).tolist():
        levels = max(width, height).bit_length()
        count = sum(max(width >> k, 1) * max(height >> k, 1) for k in range(levels))
        out.append(Texture(words[begin : begin + count], width, height))
        begin += count
    return tuple(out)


def _file(digest: str) -> Path:
    base = os.environ.get("SIMGEN_CACHE_DIR") or os.environ.get("XDG_CACHE_HOME") or str(Path.home() / ".cache")
    return Path(base) / "simgen" / "own_meshes" / f"{digest}-{_READER}.npz"
