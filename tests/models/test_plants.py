"""Plants look the same from afar in each of their versions, and sites keep them in squares."""

import itertools

import cv2
import numpy as np
import pytest

from simgen.models import build_site
from simgen.models.sites.assembly import CHUNK_M
from simgen.models.sites.nursery import HEIGHT_M, SPECIMENS, plant, planted, specimens
from simgen.models.sites.plants import FAR, NEAR, broadleaf, bush, conifer
from simgen.rng import Stream

PLANTS = {
    "broadleaf": lambda s: broadleaf(s, 10.0),
    "conifer": lambda s: conifer(s, 14.0),
    "bush": lambda s: bush(s, 1.6),
}
SITES = ["road.straight", "road.curve", "road.mountain", "field"]


def outline(mesh, height_m, pixels=120):
    """What of a square beside the plant its triangles cover, seen from the side: (H, W) bool."""
    mask = np.zeros((pixels, pixels), np.uint8)
    scale = pixels / (1.2 * height_m)
    at = np.stack([mesh.vertices_m[:, 0] * scale + pixels / 2, pixels - 1 - mesh.vertices_m[:, 2] * scale], axis=-1)
    for tri in np.round(at[mesh.faces]).astype(np.int32):
        cv2.fillConvexPoly(mask, tri, 1)
    return mask > 0


@pytest.mark.parametrize("kind", PLANTS)
@pytest.mark.parametrize("seed", range(3))
def test_versions_are_ever_coarser_and_of_one_outline(kind, seed):
    made = PLANTS[kind](Stream(seed, 0, "plant"))
    assert made[0].error_m == 0.0
    for finer, coarser in itertools.pairwise(made):
        assert coarser.error_m > finer.error_m
        assert len(coarser.mesh.faces) < 0.75 * len(finer.mesh.faces)
    height = float(made[0].mesh.bounds_m[1][2])
    masks = [outline(v.mesh, height) for v in made]
    for mask in masks[1:]:
        common, either = (mask & masks[0]).sum(), (mask | masks[0]).sum()
        assert common / either > 0.6
        assert mask.sum() == pytest.approx(masks[0].sum(), rel=0.30)


@pytest.mark.parametrize("kind", PLANTS)
def test_leaves_are_shaded_from_the_side_that_is_seen(kind):
    for version in PLANTS[kind](Stream(1, 0, "plant")):
        m = version.mesh
        assert np.allclose(np.linalg.norm(m.normals, axis=1), 1.0, atol=1e-4)
        corner = m.vertices_m[m.faces].astype(np.float64)
        face = np.cross(corner[:, 1] - corner[:, 0], corner[:, 2] - corner[:, 0])
        size = np.linalg.norm(face, axis=1)
        assert size.min() > 1e-7
        towards = np.einsum("ti,tki->tk", face / size[:, None], m.normals[m.faces])
        assert (towards.min(axis=1) > 0.0).mean() > 0.95  # all but those of trunks of three sides


def test_the_same_stream_grows_the_same_tree_and_far_ones_start_coarser():
    once, again = broadleaf(Stream(5, 0, "t"), 9.0, NEAR), broadleaf(Stream(5, 0, "t"), 9.0, NEAR)
    assert all(np.array_equal(a.mesh.vertices_m, b.mesh.vertices_m) for a, b in zip(once, again, strict=True))
    far = broadleaf(Stream(5, 0, "t"), 9.0, FAR)
    assert len(far) == len(once) - FAR
    assert far[0].error_m == 0.0
    assert np.array_equal(far[-1].mesh.vertices_m, once[-1].mesh.vertices_m)


@pytest.mark.parametrize("kind", HEIGHT_M)
def test_a_planted_specimen_is_the_one_grown_at_that_height(kind):
    grow = {"broadleaf": broadleaf, "conifer": conifer, "bush": bush}[kind]
    height_m = 1.4 * HEIGHT_M[kind]
    specimen, size = plant(kind, Stream(3, 0, "here"), height_m)
    k = next(k for k, s in enumerate(specimens(kind)) if s[-1] is specimen[-1])
    grown = grow(Stream(0, 0, f"nursery.{kind}").child(str(k)), height_m)
    for ours, theirs in zip(planted(specimen, 0.0, 0.0, 0.0, 0.0, size), grown, strict=True):
        assert ours.error_m == pytest.approx(theirs.error_m)
        assert ours.mesh.bounds_m[1] == pytest.approx(theirs.mesh.bounds_m[1], rel=0.03)
        if kind == "conifer":  # whose boughs are more or fewer by its height
            continue
        above = theirs.mesh.vertices_m[:, 2] > 0.0  # trunks begin in the ground at a depth that does not grow
        assert ours.mesh.vertices_m[above] == pytest.approx(theirs.mesh.vertices_m[above], abs=0.02 * height_m)
        texels = [m.uv_m[m.faces[:, 1]] - m.uv_m[m.faces[:, 0]] for m in (ours.mesh, theirs.mesh)]
        assert np.abs(texels[0]).sum() == pytest.approx(np.abs(texels[1]).sum(), rel=0.03)


@pytest.mark.parametrize("kind", HEIGHT_M)
def test_specimens_differ_and_are_turned_about_their_stems(kind):
    shapes = {round(float(np.abs(s[0].mesh.vertices_m).sum()), 3) for s in specimens(kind)}
    assert len(shapes) == SPECIMENS
    (finest, *_), size = plant(kind, Stream(3, 0, "here"), 2.0, FAR)
    assert finest.error_m == 0.0
    (moved,) = planted([finest], 5.0, -3.0, 2.0, np.pi / 2.0, size)
    x, y, z = finest.mesh.vertices_m.T * size
    assert moved.mesh.vertices_m == pytest.approx(np.stack([5.0 - y, x - 3.0, z + 2.0], axis=-1), abs=1e-5)


@pytest.mark.parametrize("name", SITES)
def test_chunks_hold_all_of_a_part_in_squares(name):
    chunked = [p for p in build_site(name).parts if p.chunks]
    assert len(chunked) > 2
    for part in chunked:
        assert part.class_name == "vegetation"
        assert sum(len(versions[0].mesh.faces) for versions in part.chunks) == len(part.mesh.faces)
        for versions in part.chunks:
            errors = [v.error_m for v in versions]
            assert errors[0] == 0.0
            assert errors == sorted(errors)
            if not part.name.startswith("woods"):  # a wood is one piece as long as it is
                low, high = versions[0].mesh.bounds_m
                assert (high - low)[:2].max() < CHUNK_M + 16.0
