"""Small casts, snapshots and views for the tests of the renderer; closed forms for what they show."""

from __future__ import annotations

import dataclasses
import hashlib
import math
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from scipy.spatial.transform import Rotation

from simgen.conditions import Conditions, Fog, Light, Water
from simgen.held import Held
from simgen.models import Material, Mesh, class_by_name
from simgen.models.geometry import box, mesh_of_quads
from simgen.render.camera_model import CameraModel
from simgen.render.kernels.raster import NEAR_M, SPANS, raster
from simgen.render.kernels.resolve import BLOCK
from simgen.render.kernels.setups import Setups, find_runs
from simgen.render.kernels.transform import transform_and_project
from simgen.render.renderer import Renderer
from simgen.render.surface import Previous
from simgen.scenario import CameraSpec
from simgen.snapshot import Cast, CastObject, CastPart, Lamps, Snapshot

HERE = Path(__file__).resolve().parent
LUMA = np.array([0.2126, 0.7152, 0.0722])
CAMERA = CameraModel.from_hfov(160, 120, math.radians(70.0))
EYE = np.eye(4)
OVERCAST = Light(sun_elevation_rad=math.radians(40.0), clouds=1.0, natural_lx=10000.0)
NIGHT = Light(sun_elevation_rad=math.radians(-30.0), clouds=0.0, natural_lx=1e-4)
SUNNY = Light(sun_elevation_rad=math.radians(35.0), sun_azimuth_rad=math.radians(60.0), clouds=0.0, natural_lx=50000.0)


def matt(albedo: float | tuple[float, float, float], **other) -> Material:
    """A Lambertian surface without gloss."""
    rgb = (albedo,) * 3 if isinstance(albedo, float) else albedo
    return Material("matt", rgb, **{"roughness": 1.0, "f0": 0.0, **other})


def runs_of(face, part, material):
    """Runs of points (N,) on triangles of these parts and materials, (T,), whatever their shape."""
    setups = Held(Setups.of(BLOCK))
    corners, looks, still = (
        np.zeros((3, 1), np.float32),
        np.zeros((1, 5), np.float32),
        np.zeros((int(part.max()) + 1, 3, 3)),
    )
    faces, y = np.zeros((len(part), 3), np.int32), np.zeros(len(face), np.float32)
    return find_runs(face, y, corners, faces, part, material, looks, still, np.zeros((3, 4)), setups), setups


GREY = matt(0.5)


def pose(position_m=(0.0, 0.0, 0.0), rotation_vector=(0.0, 0.0, 0.0)):
    """(4, 4) from a position and a rotation vector."""
    out = np.eye(4)
    out[:3, :3] = Rotation.from_rotvec(rotation_vector).as_matrix()
    out[:3, 3] = position_m
    return out


def looking(eye_m, target_m):
    """Pose of an OpenCV camera at `eye_m` that looks at `target_m`, its x axis level."""
    eye, target = np.array(eye_m, float), np.array(target_m, float)
    forward = (target - eye) / np.linalg.norm(target - eye)
    up = np.array([0.0, 0.0, 1.0]) if abs(forward[2]) < 0.999 else np.array([1.0, 0.0, 0.0])
    right = np.cross(forward, up)
    right /= np.linalg.norm(right)
    out = np.eye(4)
    out[:3, :3] = np.stack([right, np.cross(forward, right), forward], axis=1)
    out[:3, 3] = eye
    return out


def floor(half_m=60.0, z_m=0.0, material=GREY, center=(0.0, 0.0)) -> Mesh:
    """A horizontal square that faces up."""
    x, y = center
    return mesh_of_quads(
        [
            [
                (x - half_m, y - half_m, z_m),
                (x + half_m, y - half_m, z_m),
                (x + half_m, y + half_m, z_m),
                (x - half_m, y + half_m, z_m),
            ]
        ],
        material,
    )


def wall(x_m, y0_m, y1_m, z0_m, z1_m, material=GREY) -> Mesh:
    """A vertical rectangle that faces -x, towards a camera that looks along +x."""
    return mesh_of_quads([[(x_m, y1_m, z0_m), (x_m, y0_m, z0_m), (x_m, y0_m, z1_m), (x_m, y1_m, z1_m)]], material)


@dataclasses.dataclass(frozen=True)
class Thing:
    """One part of a stage: scenery when `instance` is 0."""

    mesh: Mesh
    pose: np.ndarray = dataclasses.field(default_factory=lambda: np.eye(4))
    instance: int = 0
    class_name: str = "road"
    roof: bool = False


def lamps(rows: Sequence[tuple] = ()) -> Lamps:
    """Lit lamps from (position, direction, intensity_cd, beam, half_angle_rad, owner)."""
    n = len(rows)
    return Lamps(
        np.array([r[0] for r in rows], float).reshape(n, 3),
        np.array([np.array(r[1]) / np.linalg.norm(r[1]) for r in rows], float).reshape(n, 3),
        np.array([np.broadcast_to(r[2], 3) for r in rows], float).reshape(n, 3),
        np.array([r[3] for r in rows], np.uint8),
        np.array([math.cos(r[4]) for r in rows], float),
        np.array([r[5] for r in rows], np.uint16),
    )


_UNIT_BOX = ((1.0, 1.0, 1.0), (0.0, 0.0, 0.5))


def _box(mesh):
    """Size and centre of the box around a mesh."""
    low, high = (b.astype(float) for b in mesh.bounds_m)
    return tuple(high - low), tuple(0.5 * (low + high))


def stage(things: Sequence[Thing], conditions: Conditions | None = None, *, lit=(), indoor=False, tick=0) -> Snapshot:
    """A snapshot of things at their poses, and of the lamps that are lit."""
    count = max([t.instance for t in things], default=0)
    first = {t.instance: t for t in reversed(things) if t.instance}
    car = class_by_name("car").id
    objects = tuple(
        CastObject(f"object{k}", "box", car, *_box(first[k].mesh) if k in first else _UNIT_BOX, {})
        for k in range(1, count + 1)
    )
    cast = Cast(
        tuple(CastPart(t.mesh, class_by_name(t.class_name).id, t.instance, (), t.roof) for t in things),
        objects,
        indoor,
    )
    zero = np.zeros((count, 3))
    return Snapshot(
        cast=cast,
        tick=tick,
        time_s=tick / 240.0,
        T_world_part=np.array([t.pose for t in things]).reshape(-1, 4, 4),
        part_lit=np.zeros(len(things), np.uint8),
        T_world_object=np.array([first[k].pose for k in range(1, count + 1)]).reshape(-1, 4, 4),
        velocity_mps=zero,
        angular_velocity_radps=zero,
        submerged_fraction=np.zeros(count),
        lamps=lamps(lit),
        conditions=conditions or Conditions(light=OVERCAST),
    )


def draw(snapshot: Snapshot, T_world_camera=EYE, camera: CameraModel = CAMERA, **options):
    """One picture by a fresh renderer, without anti-aliasing unless asked."""
    return Renderer(snapshot.cast).render(snapshot, camera, T_world_camera, **{"antialias": 1, **options})


def luminance(radiance):
    """(H, W) float64 luminance of a picture."""
    return radiance.astype(np.float64) @ LUMA


def rays(camera: CameraModel):
    """(H, W, 3) float64 directions of the pixels in the camera frame, z = 1."""
    u, v = np.meshgrid(np.arange(camera.width), np.arange(camera.height))
    return np.stack([(u - camera.cx) / camera.fx, (v - camera.cy) / camera.fy, np.ones(u.shape)], -1)


def project(camera: CameraModel, T_world_camera, points_m):
    """(..., 2) pixel positions of world points."""
    p = (np.asarray(points_m) - T_world_camera[:3, 3]) @ T_world_camera[:3, :3]
    return np.stack([camera.fx * p[..., 0] / p[..., 2] + camera.cx, camera.fy * p[..., 1] / p[..., 2] + camera.cy], -1)


def triangles_in_world(snapshot: Snapshot):
    """(T, 3, 3) float64 corners of all triangles in the world, and the (T,) part of each."""
    corners, part = [], []
    for k, (p, T) in enumerate(zip(snapshot.cast.parts, snapshot.T_world_part, strict=True)):
        v = p.mesh.vertices_m.astype(np.float64) @ T[:3, :3].T + T[:3, 3]
        corners.append(v[p.mesh.faces])
        part.append(np.full(len(p.mesh.faces), k))
    return np.concatenate(corners), np.concatenate(part)


def cast_rays(origin, directions, corners, near=0.05):
    """Nearest hit of each ray (Moeller-Trumbore, both sides): parameter (inf for none) and triangle (-1)."""
    d = directions.reshape(-1, 3)
    best = np.full(len(d), np.inf)
    who = np.full(len(d), -1)
    for t, (a, b, c) in enumerate(corners):
        e1, e2, s = b - a, c - a, origin - a
        q = np.cross(s, e1)
        h = np.cross(d, e2)
        det = h @ e1
        with np.errstate(divide="ignore", invalid="ignore"):
            u, v, z = (h @ s) / det, (d @ q) / det, (e2 @ q) / det
        hit = (u >= 0.0) & (v >= 0.0) & (u + v <= 1.0) & (z > near) & (z < best)
        best[hit], who[hit] = z[hit], t
    return best.reshape(directions.shape[:-1]), who.reshape(directions.shape[:-1])


def rasterised(vertices, faces, camera: CameraModel, offsets, *, cluster_faces=None, closed=None):
    """Inverse depth and triangle of every sample, by the raster kernel alone.

    Args:
        vertices: (V, 3) in the camera frame.
        faces: (T, 3).
        camera: the pinhole.
        offsets: x offsets of the samples; there are as many rows a pixel.
        cluster_faces, closed: (C + 1,) and (C,); one open cluster by default. All are drawn.
    """
    cam = np.ascontiguousarray(np.asarray(vertices, np.float32).T)
    faces = np.ascontiguousarray(faces, np.int32)
    clusters = np.array([0, len(faces)], np.int64) if cluster_faces is None else cluster_faces
    count = len(clusters) - 1
    k = np.array([camera.fx, camera.fy, camera.cx, camera.cy])
    screen = np.full(cam.shape, np.nan)
    place = np.full(cam.shape[1], -7, np.int32)
    still = np.eye(4)[None, :3]
    all_of_them = np.array([[0, cam.shape[1]]], np.int64)
    samples = len(offsets)
    shape = (camera.height, camera.width) if samples == 1 else (camera.height, (camera.width + 1) // 2, 8)
    transform_and_project(
        cam.copy(), all_of_them, np.zeros(1, np.int32), np.ones(1, bool), still, k, NEAR_M, samples,
        np.array([camera.height, camera.width]) * samples, cam, screen, place,
    )  # fmt: skip
    keys = np.zeros(shape, np.int64)
    todo = np.empty(int(np.diff(clusters).max()) + 1, np.int64)
    raster(
        cam, screen, place, faces, clusters, np.zeros(count, bool) if closed is None else closed, np.ones(count, bool),
        k, False, np.zeros(4), offsets, np.empty((2, 8, 3)), np.empty(SPANS, np.float32), todo,
        np.zeros((0, 0), np.float32), keys,
    )  # fmt: skip
    if samples > 1:  # (H, W, S) -> (H * S, W)
        pixels = keys.reshape(camera.height, -1, samples)[:, : camera.width]
        keys = np.ascontiguousarray(pixels.transpose(0, 2, 1)).reshape(-1, camera.width)
    inverse_depth = (keys >> 32).astype(np.int32).view(np.float32)
    return inverse_depth, (keys & 0xFFFFFFFF).astype(np.int32) - 1


def everything() -> tuple[Snapshot, Previous, np.ndarray]:
    """A stage that runs every stage of the renderer: sun, lamps, fog, water, patterns, gloss, motion."""
    rng = np.random.default_rng(7)
    asphalt = Material("asphalt", (0.09, 0.09, 0.09), pattern="asphalt", roughness=0.85)
    paint = Material("paint", (0.4, 0.05, 0.05), roughness=0.35, coat=1.0, pattern="paint")
    metal = Material("metal", (0.5, 0.5, 0.52), roughness=0.25, metallic=1.0)
    glow = Material("glow", (0.1, 0.1, 0.1), emission_cd_m2=(800.0, 700.0, 500.0))
    bowl = floor(80.0, -0.5, asphalt)
    bank = mesh_of_quads([[(-80, 2, -0.5), (80, 2, -0.5), (80, 12, 1.5), (-80, 12, 1.5)]], asphalt)
    things = [Thing(bowl), Thing(bank), Thing(box((6.0, 0.3, 5.0), GREY, (16.0, 9.0, 2.5)), class_name="building")]
    for k in range(6):
        material = (paint, metal, glow)[k % 3]
        mesh = box(tuple(rng.uniform(0.5, 1.8, 3)), material)
        where = (rng.uniform(5, 18), rng.uniform(-5, 6), rng.uniform(0.0, 1.5))
        things.append(Thing(mesh, pose(where, rng.normal(size=3)), k + 1, "car"))
    conditions = Conditions(
        light=dataclasses.replace(SUNNY, clouds=0.3, natural_lx=400.0),
        fog=Fog(120.0),
        water=Water(0.0, 0.5, -60.0, 60.0, -40.0, 8.0, (0.3, 0.1), 0.4),
    )
    lit = [
        ((2.0, 1.0, 1.0), (1.0, 0.0, -0.1), 20000.0, 2, 1.0, 0),
        ((10.0, 0.0, 5.0), (0.0, 0.0, -1.0), 2000.0, 1, 0.9, 0),
        ((14.0, 3.0, 4.0), (0.0, 0.0, -1.0), 900.0, 0, 1.0, 0),
    ]
    now = stage(things, conditions, lit=lit, tick=24)
    before = now.T_world_part.copy()
    before[3:, 0, 3] -= 0.15
    camera = looking((0.0, 0.0, 1.6), (10.0, 0.5, 0.4))
    earlier = looking((-0.3, 0.05, 1.6), (9.7, 0.5, 0.45))
    return now, Previous(before, earlier), camera


def digest(buffers) -> str:
    """One digest over the bits of every buffer."""
    h = hashlib.blake2b(digest_size=16)
    for f in dataclasses.fields(buffers):
        value = getattr(buffers, f.name)
        h.update(f.name.encode())
        if value is not None:
            h.update(str((value.dtype, value.shape)).encode())
            h.update(np.ascontiguousarray(value).tobytes())
    return h.hexdigest()


def everything_digest() -> str:
    """Digest of all buffers of `everything`, anti-aliased, for comparison between processes."""
    snapshot, previous, camera = everything()
    return digest(Renderer(snapshot.cast).render(snapshot, CAMERA, camera, previous=previous))


def camera_spec(name="front", **other) -> CameraSpec:
    """A small camera fixed in the world."""
    return CameraSpec(**{"name": name, "width": 64, "height": 48, "hfov_rad": 1.2, **other})
