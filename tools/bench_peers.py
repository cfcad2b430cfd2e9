"""A peer that wants a process of its own: MuJoCo's renderer, by EGL, on the triangles and poses of one picture."""

from __future__ import annotations

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from simgen.models import Mesh
from simgen.render.camera_model import CameraModel
from simgen.snapshot import Cast, Snapshot

THREADS = 2
"""Of llvmpipe, which draws in software what no graphics card does."""
_FEW = 4  # corners: MuJoCo refuses meshes of fewer


def mujoco_ms(
    cast: Cast, snapshot: Snapshot, T_world_camera: NDArray[np.float64], model: CameraModel, repeats: int
) -> float | str:
    """Milliseconds that MuJoCo takes for RGB with a shadow, depth and segmentation, or why it cannot be asked."""
    try:
        import mujoco  # noqa: F401
    except ImportError:
        return "MuJoCo is not installed (pip install mujoco)"
    with tempfile.TemporaryDirectory() as folder:
        _write(Path(folder), cast, snapshot, T_world_camera, model)
        command = [sys.executable, "-m", "tools.bench_peers", folder, str(model.width), str(model.height), str(repeats)]
        setting = os.environ | {"MUJOCO_GL": "egl", "LP_NUM_THREADS": str(THREADS)}
        run = subprocess.run(command, env=setting, capture_output=True, text=True, check=False)
    if run.returncode:
        return f"MuJoCo's renderer failed: {(run.stderr.strip() or 'no message').splitlines()[-1]}"
    return float(json.loads(run.stdout.strip().splitlines()[-1]))


def _write(
    folder: Path, cast: Cast, snapshot: Snapshot, T_world_camera: NDArray[np.float64], model: CameraModel
) -> None:
    """The picture's parts as meshes where they are, one light that casts shadows, and the camera."""
    meshes, geoms = [], []
    for k, part in enumerate(cast.parts):
        if len(part.mesh.vertices_m) < _FEW or len(np.unique(np.ptp(part.mesh.vertices_m, axis=0) > 1e-6)) == 0:
            continue
        T = snapshot.T_world_part[k]
        placed = part.mesh.vertices_m @ T[:3, :3].T + T[:3, 3]
        _save(folder / f"m{k}.obj", part.mesh, placed)
        r, g, b = part.mesh.materials[0].albedo
        meshes.append(f'<mesh name="m{k}" file="m{k}.obj" inertia="shell"/>')
        geoms.append(f'<geom type="mesh" mesh="m{k}" rgba="{r:.3f} {g:.3f} {b:.3f} 1" contype="0" conaffinity="0"/>')
    eye, right, up = T_world_camera[:3, 3], T_world_camera[:3, 0], -T_world_camera[:3, 1]
    fovy = np.degrees(2.0 * np.arctan(0.5 * model.height / model.fy))
    (folder / "scene.xml").write_text(
        f"""<mujoco><visual><global offwidth="{model.width}" offheight="{model.height}"/><quality shadowsize="1024"/>
<map znear="0.0002" zfar="3"/></visual><statistic extent="500" center="0 0 0"/>
<asset>{"".join(meshes)}</asset><worldbody>
<light directional="true" castshadow="true" dir="-0.4 -0.3 -0.9" pos="0 0 50"/>
<camera name="eye" pos="{_text(eye)}" xyaxes="{_text(right)} {_text(up)}" fovy="{fovy:.4f}"/>
{"".join(geoms)}</worldbody></mujoco>"""
    )


def _save(path: Path, mesh: Mesh, vertices_m: NDArray[np.float64]) -> None:
    lines = [f"v {x:.5f} {y:.5f} {z:.5f}" for x, y, z in vertices_m]
    lines += [f"f {a} {b} {c}" for a, b, c in mesh.faces + 1]
    path.write_text("\n".join(lines))


def _text(values: NDArray[np.float64]) -> str:
    return " ".join(f"{v:.6f}" for v in values)


def main() -> None:
    """In the process of MuJoCo: load, draw, print the median milliseconds of a picture of all three kinds."""
    import mujoco

    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    for name in ("width", "height", "repeats"):
        parser.add_argument(name, type=int)
    options = parser.parse_args()
    model = mujoco.MjModel.from_xml_path(str(options.folder / "scene.xml"))
    data = mujoco.MjData(model)
    mujoco.mj_forward(model, data)
    with mujoco.Renderer(model, options.height, options.width) as renderer:
        taken = []
        for _ in range(options.repeats + 1):
            begin = time.perf_counter()
            renderer.update_scene(data, camera="eye")
            renderer.render()
            renderer.enable_depth_rendering()
            renderer.render()
            renderer.disable_depth_rendering()
            renderer.enable_segmentation_rendering()
            renderer.render()
            renderer.disable_segmentation_rendering()
            taken.append(time.perf_counter() - begin)
    print(json.dumps(1e3 * statistics.median(taken[1:])))


if __name__ == "__main__":
    main()
