"""From the links of a URDF to the parts of a model: coarser, creased, one material a piece of the file."""

from __future__ import annotations

import hashlib
import math
import os
import tempfile
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from simgen.models import geometry as g
from simgen.models.families import _decimate
from simgen.models.families._decimate import decimated
from simgen.models.families._urdf import Link, Paint, creased, read_links
from simgen.models.mesh import Material, Mesh
from simgen.models.model import ModelPart
from simgen.models.urdf import Floats, link_poses

Painter = Callable[[str, Paint], Material]
"""Material for a link's name and a paint of its file."""

_CREASE_RAD = math.radians(32.0)


def link_parts(
    urdf: str,
    painter: Painter,
    *,
    max_faces: int,
    rest: dict[str, float],
    more_faces: dict[str, int] | None = None,
) -> tuple[ModelPart, ...]:
    """The visible links as parts in their own frames, root first, posed with joints (by name) at `rest`.

    Args:
        urdf: the description.
        painter: gives every piece its material.
        max_faces: triangles that a link keeps at most, shared among its pieces by their number.
        rest: joint positions off zero.
        more_faces: other budgets than `max_faces`, by link.
    """
    poses = link_poses(urdf, rest)
    out = []
    for link in read_links(urdf):
        if not len(link.soup_m):
            continue
        T = poses.get(link.name, np.eye(4))
        x, y, z = (float(v) for v in T[:3, 3])
        out.append(
            ModelPart(
                link.name,
                link_mesh(link, painter, (more_faces or {}).get(link.name, max_faces)),
                (x, y, z),
                quaternion(T[:3, :3]),
            )
        )
    return tuple(out)


def link_mesh(link: Link, painter: Painter, max_faces: int) -> Mesh:
    """The mesh of a link, pieces of one material merged before they are made coarser."""
    of: dict[Material, list[int]] = {}
    for k, paint in enumerate(link.paints):
        of.setdefault(painter(link.name, paint), []).append(k)
    share = min(1.0, max_faces / len(link.soup_m))
    pieces = []
    for material, members in of.items():
        soup = link.soup_m[np.isin(link.paint_of, members)]
        pieces.append(shell(coarser(soup, max(12, round(share * len(soup)))), material))
    return g.merge(pieces)


def shell(soup_m: Floats, material: Material) -> Mesh:
    """A mesh of (T, 3, 3) triangles with normals smooth across blunt edges."""
    vertices, normals, faces = creased(soup_m, _CREASE_RAD)
    return Mesh(
        vertices.astype(np.float32),
        normals.astype(np.float32),
        vertices[:, :2].astype(np.float32),
        faces.astype(np.int32),
        np.zeros(len(faces), np.int16),
        (material,),
    )


def coarser(soup_m: Floats, max_faces: int) -> Floats:
    """`decimated`, kept on disk: a robot's hundred thousand triangles take seconds.

    The file's name is a digest of all that the result follows from, so that it cannot be stale.
    """
    if len(soup_m) <= max_faces:
        return soup_m
    source = Path(_decimate.__file__).read_bytes()
    digest = hashlib.blake2b(np.ascontiguousarray(soup_m).tobytes(), digest_size=16, key=hashlib.md5(source).digest())
    digest.update(f"{max_faces} {np.__version__}".encode())
    base = os.environ.get("SIMGEN_CACHE_DIR") or os.environ.get("XDG_CACHE_HOME") or str(Path.home() / ".cache")
    file = Path(base) / "simgen" / "meshes" / f"{digest.hexdigest()}.npy"
    if file.is_file():
        try:
            kept: Floats = np.load(file)
            return kept
        except (OSError, ValueError, EOFError):
            pass  # a broken file is made anew
    out = decimated(soup_m, max_faces)
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.NamedTemporaryFile(dir=file.parent, suffix=".part", delete=False) as sink:
            np.save(sink, out)
        Path(sink.name).replace(file)
    except OSError:
        return out  # nowhere to keep it: the next process works it out again
    return out


def linear(srgb: Sequence[float]) -> tuple[float, float, float]:
    """Linear reflectance of an sRGB colour of a mesh file, kept below that of white paint."""
    r, green, b = (0.85 * (c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4) for c in srgb)
    return r, green, b


def quaternion(rotation: NDArray[np.float64]) -> tuple[float, float, float, float]:
    """Unit quaternion xyzw of a (3, 3) rotation, by its largest component."""
    m = rotation
    trace = float(m[0, 0] + m[1, 1] + m[2, 2])
    table = [1.0 + 2.0 * float(m[k, k]) - trace for k in range(3)] + [1.0 + trace]
    k = int(np.argmax(table))
    q = [0.0, 0.0, 0.0, 0.0]
    q[k] = table[k]
    if k == 3:
        q[:3] = [float(m[2, 1] - m[1, 2]), float(m[0, 2] - m[2, 0]), float(m[1, 0] - m[0, 1])]
    else:
        i, j = (k + 1) % 3, (k + 2) % 3
        q[i], q[j], q[3] = float(m[i, k] + m[k, i]), float(m[j, k] + m[k, j]), float(m[j, i] - m[i, j])
    length = math.sqrt(sum(v * v for v in q))
    x, y, z, w = (v / length for v in q)
    return x, y, z, w


def outer_bounds(parts: Sequence[ModelPart]) -> tuple[Floats, Floats]:
    """Lowest and highest corner (3,) of all parts in their rest poses, in the model frame."""
    low, high = [], []
    for part in parts:
        x, y, z, w = part.quat_xyzw
        r = np.array(
            [
                [1 - 2 * (y * y + z * z), 2 * (x * y - z * w), 2 * (x * z + y * w)],
                [2 * (x * y + z * w), 1 - 2 * (x * x + z * z), 2 * (y * z - x * w)],
                [2 * (x * z - y * w), 2 * (y * z + x * w), 1 - 2 * (x * x + y * y)],
            ]
        )
        points = part.mesh.vertices_m.astype(np.float64) @ r.T + np.asarray(part.position_m)
        low.append(points.min(axis=0))
        high.append(points.max(axis=0))
    return np.min(low, axis=0), np.max(high, axis=0)
