"""Coarser versions: how far they lie from the mesh, what they keep, and that picture and labels share them."""

import numpy as np
import pytest
from scipy.spatial import cKDTree

from simgen.models import Material, build_model
from simgen.models.geometry import box, merge, sphere, transformed
from simgen.render.detail import versions
from tests.render.small_stage import GREY


def samples(mesh, spacing_m):
    """Points over the surface on a barycentric lattice no wider than `spacing_m`, with their triangles."""
    corners = mesh.vertices_m[mesh.faces].astype(float)
    longest = np.linalg.norm(corners - np.roll(corners, 1, axis=1), axis=2).max(axis=1)
    steps = np.maximum(np.ceil(longest / spacing_m), 1).astype(int)
    out, of = [], []
    for n in np.unique(steps):
        which = np.flatnonzero(steps == n)
        a, b = np.meshgrid(np.arange(n + 1), np.arange(n + 1))
        keep = a + b <= n
        a, b = a[keep] / n, b[keep] / n
        weights = np.stack([1 - a - b, a, b], -1)
        out.append(np.einsum("kw,twc->tkc", weights, corners[which]).reshape(-1, 3))
        of.append(np.repeat(which, len(weights)))
    return np.concatenate(out), np.concatenate(of)


LARGE = [pytest.param(name, marks=pytest.mark.soak) for name in ("car.suv", "truck.box")]


@pytest.mark.parametrize("name", ["car.sedan", *LARGE, "tyre", "person.adult", "animal.deer"])
def test_no_version_lies_further_from_the_mesh_than_it_says(name):
    model = build_model(name)
    for part in model.parts[:2]:
        spacing = 0.012
        fine, _ = samples(part.mesh, spacing)
        tree = cKDTree(fine)
        found = versions(part.mesh)
        assert found[0].mesh is part.mesh
        assert [v.error_m for v in found] == sorted(v.error_m for v in found)
        for version in found[1:]:
            coarse, _ = samples(version.mesh, spacing)
            slack = 0.6 * spacing  # the nearest sample is at most that far beyond the nearest point
            assert len(version.mesh.faces) < len(part.mesh.faces)
            lost = cKDTree(coarse).query(fine)[0]
            assert lost.max() < version.error_m + slack
            assert tree.query(coarse)[0].max() < 2.0 * version.error_m + slack


def test_small_and_plain_meshes_are_left_alone():
    assert len(versions(box((1.0, 1.0, 1.0), GREY))) == 1


@pytest.mark.parametrize("name", ["tyre", "car.sedan"])
def test_every_place_keeps_its_material(name):
    mesh = build_model(name).parts[0].mesh
    spacing = 0.02
    fine, of = samples(mesh, spacing)
    found = versions(mesh)
    for version in (found[len(found) // 2], found[-1]):
        coarse, of_coarse = samples(version.mesh, spacing)
        for k in range(len(mesh.materials)):
            mine = coarse[version.mesh.face_material[of_coarse] == k]
            if len(mine):
                gap = cKDTree(fine[mesh.face_material[of] == k]).query(mine)[0].max()
                assert gap < 3.0 * version.error_m + 0.6 * spacing  # off the surface twice, off the crease once


def test_a_crease_between_materials_stays_near_its_line():
    red, blue = Material("red", (0.6, 0.0, 0.0)), Material("blue", (0.0, 0.0, 0.6))
    ball = sphere(1.0, red, 48)
    upper = ball.vertices_m[ball.faces].mean(axis=1)[:, 2] > 0.0
    halves = type(ball)(ball.vertices_m, ball.normals, ball.uv_m, ball.faces, upper.astype(np.int16), (red, blue))
    for version in versions(halves)[1:]:
        m = version.mesh
        middle = m.vertices_m[m.faces].astype(float)
        low = middle[m.face_material == 1][..., 2].min()
        high = middle[m.face_material == 0][..., 2].max()
        line = ball.vertices_m[ball.faces[upper]][..., 2].min()
        assert abs(low - line) < version.error_m + 1e-6
        assert abs(high - line) < version.error_m + 1e-6


def test_crumbs_smaller_than_the_bound_vanish():
    ball = sphere(0.5, GREY, 32)
    crumb = transformed(box((0.01, 0.01, 0.01), GREY), translation_m=(2.0, 0.0, 0.0))
    found = versions(merge([ball, crumb]))
    for version in found:
        has_crumb = version.mesh.vertices_m[:, 0].max() > 1.0
        assert has_crumb == (version.error_m < np.sqrt(3.0) * 0.01)
