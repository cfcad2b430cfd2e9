"""Every pixel is written and nothing else is read: poisoned memory, other work before, another process."""

from __future__ import annotations

import dataclasses
import os
import subprocess
import sys

import numpy as np
import numpy._core._multiarray_umath as cpu
import pytest
from small_stage import (
    CAMERA,
    HERE,
    NIGHT,
    OVERCAST,
    Thing,
    digest,
    everything,
    everything_digest,
    floor,
    looking,
    matt,
    stage,
)

from simgen.conditions import Conditions, Fog
from simgen.models.geometry import sphere
from simgen.render import lighting, occluders, shading, view, visibility
from simgen.render import renderer as renderer_module
from simgen.render.renderer import Renderer


class Poisoned:
    """NumPy whose fresh uninitialised arrays are full of a bit pattern."""

    def __init__(self, byte: int) -> None:
        self._byte = byte
        self.made = 0

    def __getattr__(self, name: str):
        return getattr(np, name)

    def empty(self, *args, **kwargs):
        out = np.empty(*args, **kwargs)
        out.reshape(-1).view(np.uint8).fill(self._byte)
        self.made += 1
        return out

    def empty_like(self, prototype, *args, **kwargs):
        out = np.empty_like(prototype, *args, **kwargs)
        out.reshape(-1).view(np.uint8).fill(self._byte)
        self.made += 1
        return out


def rendered(**options):
    snapshot, previous, camera = everything()
    return Renderer(snapshot.cast).render(snapshot, CAMERA, camera, previous=previous, **options)


def differing(one, two):
    """Names of the buffers that are not equal bit by bit."""
    out = []
    for f in dataclasses.fields(one):
        a, b = getattr(one, f.name), getattr(two, f.name)
        if (a is None) != (b is None) or (a is not None and a.tobytes() != b.tobytes()):
            out.append(f.name)
    return out


@pytest.mark.parametrize("options", [{}, {"antialias": 1}, {"radiance": False}, {"geometry": False}], ids=str)
@pytest.mark.parametrize("byte", [0xFF, 0x4B])  # NaN and -1; large finite numbers
def test_uninitialised_memory_never_shows(monkeypatch, options, byte):
    pictures = []
    for fill in (0x00, byte):
        poisoned = Poisoned(fill)
        for module in (renderer_module, visibility, shading, occluders, lighting, view):
            monkeypatch.setattr(module, "np", poisoned)
        pictures.append(rendered(**options))
        monkeypatch.undo()
        assert poisoned.made > 10
    assert differing(*pictures) == []
    assert np.isfinite(pictures[1].transmittance).all()
    if pictures[1].radiance is not None:
        assert np.isfinite(pictures[1].radiance).all()
        assert pictures[1].radiance.min() >= 0.0


def test_the_poison_works():
    """The checker on a broken input: a stage that forgets a pixel is found."""
    seen = []
    for byte in (0x00, 0xFF):
        out = Poisoned(byte).empty((4, 4), np.float32)
        out[1:] = 1.0
        seen.append(out.tobytes())
    assert seen[0] != seen[1]


def test_a_frame_does_not_depend_on_what_was_drawn_before():
    snapshot, previous, camera = everything()
    renderer = Renderer(snapshot.cast)
    first = renderer.render(snapshot, CAMERA, camera, previous=previous)
    for k in range(3):  # other views, other light, fog and no lamps, with the same renderer
        other = dataclasses.replace(snapshot, conditions=Conditions(light=(OVERCAST, NIGHT)[k % 2], fog=Fog(40.0)))
        renderer.render(other, CAMERA, looking((k * 7.0, 3.0, 2.0), (20.0, -k * 9.0, 0.0)), antialias=(1, 4)[k % 2])
    balls = stage([Thing(floor(30.0, 0.0, matt(0.7))), Thing(sphere(1.0, matt(0.2)), instance=1, class_name="car")])
    Renderer(balls.cast).render(balls, CAMERA, looking((-5, 0, 2), (0, 0, 0)))
    assert differing(first, renderer.render(snapshot, CAMERA, camera, previous=previous)) == []
    assert differing(first, Renderer(snapshot.cast).render(snapshot, CAMERA, camera, previous=previous)) == []


def test_a_picture_leaves_the_snapshot_and_earlier_buffers_alone():
    snapshot, previous, camera = everything()
    before = [getattr(snapshot, n).copy() for n in ("T_world_part", "part_lit", "T_world_object")]
    lamps = [v.copy() for v in vars(snapshot.lamps).values()]
    renderer = Renderer(snapshot.cast)
    first = renderer.render(snapshot, CAMERA, camera, previous=previous)
    kept = digest(first)
    renderer.render(snapshot, CAMERA, looking((3.0, 0.0, 1.0), (0.0, 5.0, 0.0)), previous=previous)
    assert digest(first) == kept
    after = [getattr(snapshot, n) for n in ("T_world_part", "part_lit", "T_world_object")]
    assert all(np.array_equal(a, b) for a, b in zip(before, after, strict=True))
    assert all(np.array_equal(a, b) for a, b in zip(lamps, vars(snapshot.lamps).values(), strict=True))


def digest_elsewhere(**environment: str) -> str:
    """Digest of `everything` by a fresh process."""
    command = "import small_stage; print(small_stage.everything_digest())"
    done = subprocess.run(
        [sys.executable, "-c", command], cwd=HERE, env={**os.environ, **environment}, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


def test_another_process_draws_the_same_bits():
    assert digest_elsewhere(PYTHONWARNINGS="error") == everything_digest()


def test_numpy_without_the_processors_wide_instructions_gives_the_same_bits():
    """As on an older processor: NumPy's baseline loops and another BLAS kernel."""
    wide = " ".join(k for k in cpu.__cpu_dispatch__ if cpu.__cpu_features__.get(k))
    assert digest_elsewhere(NPY_DISABLE_CPU_FEATURES=wide, OPENBLAS_CORETYPE="Nehalem") == everything_digest()


@pytest.mark.soak
def test_kernels_compiled_for_an_older_processor_give_the_same_bits():
    assert digest_elsewhere(NUMBA_CPU_NAME="x86-64-v2", NUMBA_CPU_FEATURES="") == everything_digest()


def test_labels_do_not_depend_on_the_picture():
    full, labels_only, rough = rendered(), rendered(radiance=False), rendered(antialias=1)
    for name in (
        "depth_m",
        "distance_m",
        "instance",
        "semantic",
        "normal",
        "flow_px",
        "transmittance",
        "water_depth_m",
    ):
        assert getattr(full, name).tobytes() == getattr(labels_only, name).tobytes(), name
        assert getattr(full, name).tobytes() == getattr(rough, name).tobytes(), name
    assert labels_only.radiance is None
    assert rendered(geometry=False).normal is None
