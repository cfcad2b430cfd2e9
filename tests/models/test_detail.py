"""Coarser versions: how far they lie from the mesh, what they keep, and that picture and labels share them."""

from dataclasses import fields, replace

import numpy as np
import pytest
from scipy.spatial import cKDTree

from simgen.labels import objects
from simgen.models import Material, build_model, detail
from simgen.models.detail import versions
from simgen.models.geometry import box, merge, sphere, transformed
from simgen.render import one_sided
from simgen.render.clusters import run_of, run_of_versions
from simgen.render.one_sided import is_one_sided
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


def test_an_enlarged_copy_is_drawn_and_labelled_as_if_it_were_no_copy():
    """All that is taken from its original is what would be found for it."""
    for part in build_model("person.adult", {"height_m": 1.834, "carries": "umbrella"}).parts:
        mesh = part.mesh
        if mesh.original is None:  # the hand with its umbrella
            continue
        small, factor = mesh.original
        assert mesh.vertices_m == pytest.approx(small.vertices_m * factor, rel=1e-6)
        own = replace(mesh)
        assert own.original is None
        assert is_one_sided(own) == is_one_sided(mesh)
        run, found = run_of(mesh), run_of_versions(versions(mesh))
        for f in fields(run):
            taken, expected = getattr(run, f.name), getattr(found, f.name)
            if isinstance(expected, np.ndarray) and expected.dtype == np.float64:
                assert np.allclose(taken, expected, rtol=1e-6, atol=1e-7), f.name
            elif isinstance(expected, np.ndarray) and f.name == "face_normal":
                assert np.allclose(taken, expected, atol=1e-3), f.name
            elif isinstance(expected, np.ndarray):
                assert np.array_equal(taken, expected), f.name
            else:
                assert taken == expected, f.name
        for version, (places, faces) in zip(versions(mesh), objects._outlines(mesh), strict=True):
            corners = version.mesh.vertices_m[version.mesh.faces]
            assert np.isin(places[faces].reshape(-1, 3), corners.reshape(-1, 3)).all()
            assert len(faces) <= len(version.mesh.faces)


def test_a_person_of_another_height_costs_no_new_versions(monkeypatch):
    """People of a scene have heights of their own: what is worked out is worked out for their clothes."""
    for part in build_model("person.adult", {"height_m": 1.6012}).parts:
        run_of(part.mesh)
        is_one_sided(part.mesh)
    worked_out = []
    monkeypatch.setattr(detail, "kept", lambda *asked: worked_out.append(asked))
    monkeypatch.setattr(one_sided, "is_watertight", worked_out.append)
    for part in build_model("person.adult", {"height_m": 1.9034}).parts:
        assert part.mesh.original is not None
        run_of(part.mesh)
        is_one_sided(part.mesh)
    assert not worked_out


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
