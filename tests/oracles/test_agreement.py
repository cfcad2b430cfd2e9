"""Our renderer against PyBullet's own camera on every shipped scenario: two rasterisers that share no code."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest

from simgen.render.bullet_renderer import BulletRenderer
from simgen.render.camera_model import CameraModel
from simgen.render.renderer import Renderer
from simgen.scenario import Scenario, list_scenarios
from simgen.sensors.camera import camera_pose
from simgen.world import World


@pytest.mark.parametrize("scenario", [name for name, *_ in list_scenarios()])
def test_depth_and_instances_agree_with_pybullet(scenario: str, capsys: pytest.CaptureFixture[str]) -> None:
    """No pixel is masked, outlines included; they hold whatever differs. Looks when a thing is first in view."""
    scene = Scenario.load(scenario).draw(0, 0)
    spec = scene.cameras[0]
    camera = CameraModel.from_hfov(320, 240, spec.hfov_rad, spec.distortion)
    with World(scene) as world:
        renderer, snapshot = Renderer(world.cast), world.snapshot()
        while not renderer.render(
            snapshot, camera, camera_pose(snapshot, world.cast, spec), radiance=False, geometry=False
        ).instance.any():
            for _ in range(scene.physics_hz // 2):
                world.step()
            snapshot = world.snapshot()
        # Water is laid over both by the same stage: leave it out, so that only opaque geometry is compared.
        dry = dataclasses.replace(snapshot.conditions, water=None)
        snapshot = dataclasses.replace(snapshot, conditions=dry)
        T_camera = camera_pose(snapshot, world.cast, spec)
        ours = renderer.render(snapshot, camera, T_camera, radiance=False, geometry=False)
        # PyBullet gets scenery in the versions that ours drew, and things whole: theirs keep to a quarter pixel.
        # Faces of a lens choose each for itself: then both get the finest of them.
        cast = world.cast.in_versions(np.atleast_2d(ours.part_version).min(axis=0))
        snapshot = dataclasses.replace(snapshot, cast=cast)
        if ours.part_version.ndim > 1:
            ours = Renderer(cast).render(snapshot, camera, T_camera, radiance=False, geometry=False)
        bullet = BulletRenderer(cast)
        theirs = bullet.render(snapshot, camera, T_camera, radiance=False, geometry=False)
        bullet.close()
    something = np.isfinite(ours.depth_m), np.isfinite(theirs.depth_m)
    both = something[0] & something[1]
    error = np.abs(ours.depth_m[both] / theirs.depth_m[both] - 1.0)
    same = (ours.instance == theirs.instance) & (ours.semantic == theirs.semantic) & (something[0] == something[1])
    with capsys.disabled():
        print(
            f"\n{scenario}: median relative depth error {np.median(error):.1e}, same thing {same.mean():.5f}",
            end="",
        )
    assert len(np.unique(ours.instance)) > 1
    assert both.mean() > 0.3
    assert np.median(error) < 1e-4
    # Through a lens, depths between PyBullet's pixels are met on planes that its depth map tells: not at outlines.
    assert np.quantile(error, 0.99 if spec.distortion else 0.999) < 1e-2
    assert same.mean() > 0.999
