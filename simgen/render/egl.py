"""Whether PyBullet can draw through EGL here: asked of a process of its own, for a missing library ends the asker."""

from __future__ import annotations

import importlib.util
import subprocess
import sys
from functools import lru_cache

from simgen.errors import MissingDependencyError

PLUGIN, ENTRY = "eglRenderer", "_eglRendererPlugin"
_REMEDY = (
    "install an EGL with a driver (Debian, Ubuntu: apt install libegl1 libgl1-mesa-dri; with an NVIDIA driver its own "
    "libnvidia-gl), or use --renderer simgen or tiny, which need none"
)
_TIMEOUT_S = 60.0
# A red plate before the eye: what comes back is no picture of TinyRenderer's, which has no GL context to name.
_PROBE = """
import numpy as np, pybullet as p, sys
client = p.connect(p.DIRECT)
plugin = p.loadPlugin(sys.argv[1], sys.argv[2])
shape = p.createVisualShape(p.GEOM_BOX, halfExtents=[1, 1, 1], rgbaColor=[1, 0, 0, 1])
p.createMultiBody(0, -1, shape, [0, 0, -3])
view = [1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1]
lens = p.computeProjectionMatrixFOV(60, 1, 0.1, 10)
picture = p.getCameraImage(8, 8, view, lens, renderer=p.ER_BULLET_HARDWARE_OPENGL)
print("simgen-probe", plugin >= 0, int((np.array(picture[4]) == 0).sum()))
"""


@lru_cache(maxsize=1)
def require_egl() -> str:
    """The path of PyBullet's EGL plugin, after a process of its own has drawn a picture with it; asked once a process.

    Raises:
        MissingDependencyError: there is no plugin, no EGL, or it draws nothing. The message names what to install.
    """
    spec = importlib.util.find_spec(PLUGIN)
    if spec is None or spec.origin is None:
        raise MissingDependencyError(
            f"--renderer egl needs PyBullet's plugin {PLUGIN!r}, which this build of PyBullet lacks (its wheels for "
            f"Linux have it); use --renderer simgen or tiny"
        )
    command = [sys.executable, "-c", _PROBE, spec.origin, ENTRY]
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=_TIMEOUT_S, check=False)
    except subprocess.TimeoutExpired as late:
        text = f"--renderer egl: EGL drew no picture within {_TIMEOUT_S:g} s; {_REMEDY}"
        raise MissingDependencyError(text) from late
    if done.returncode != 0 or "simgen-probe True" not in done.stdout or "GL_RENDERER=" not in done.stdout:
        said = " ".join((done.stdout + done.stderr).split())[-300:]
        ended = f"it ended with code {done.returncode}" if done.returncode else "it drew without a GL context"
        raise MissingDependencyError(f"--renderer egl: PyBullet cannot use EGL ({ended}: {said!r}); {_REMEDY}")
    if "simgen-probe True 0" in done.stdout:
        raise MissingDependencyError(f"--renderer egl: EGL starts but draws nothing; {_REMEDY}")
    return spec.origin
