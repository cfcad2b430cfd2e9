"""Pictures of cameras whose lens bends straight lines.

each face of the lens is seen on its grid of samples -> every pixel takes the thing at the nearest sample
-> depth, normal and flow along the pixel's own ray -> pixels (and further points at edges) are shaded where they look

Nothing is resampled: the picture is as sharp as that of a pinhole, and its labels belong to the same rays.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from simgen.render.buffers import Buffers
from simgen.render.camera_model import CameraModel
from simgen.render.kernels import through
from simgen.render.kernels.water import LEVEL
from simgen.render.lens_map import Face, LensMap, lens_map
from simgen.render.shading import Shot
from simgen.render.surface import Met, Previous, Scattered, Surface, TriangleSurface, to_previous_camera
from simgen.render.view import View, camera_view
from simgen.render.visibility import SAMPLE_OFFSETS
from simgen.snapshot import Snapshot

if TYPE_CHECKING:
    from simgen.render.renderer import Layers, Renderer


@dataclass(frozen=True, eq=False)
class _Seen:
    """What was seen through one face: on its samples, and by the pixels that look through it.

    Attributes:
        view: of the face, in its pixels.
        surface, depth_m, layers: on its samples.
        hidden: share of light that puffs before the samples let through, flat; empty without puffs.
        version: (P,) in which version each part was drawn.
        met: by the pixels.
    """

    view: View
    surface: Surface
    depth_m: NDArray[np.float32]
    layers: Layers
    hidden: NDArray[np.float32]
    version: NDArray[np.uint8]
    met: Met


def render_distorted(
    renderer: Renderer,
    snapshot: Snapshot,
    camera: CameraModel,
    T_world_camera: NDArray[np.float64],
    *,
    previous: Previous | None,
    radiance: bool,
    geometry: bool,
    air: bool,
    antialias: int,
    wetness: bool,
) -> tuple[Buffers, tuple[Shot, ...]]:
    """See `Renderer.render`; also what shading each face took."""
    lens = lens_map(camera)
    buffers = _empty(camera, len(lens.faces), snapshot, geometry=geometry, air=air)
    straight = camera_view(camera, T_world_camera)
    to_previous = to_previous_camera(straight, snapshot, previous)
    seen = []
    version = None
    if len(lens.faces) > 1:  # one for all faces: at their seams nothing may change its shape
        finest = max(face.fine.fx for face in lens.faces)
        version = renderer.visibility.versions_about(straight.eye, snapshot, finest)
    for k, face in enumerate(lens.faces):
        turned = _turned(T_world_camera, face)
        seen.append(_look(renderer, snapshot, face, turned, f"face {k}", buffers, version, air=air))
        _label(renderer, snapshot, face, seen[-1], straight, lens, to_previous, buffers)
        buffers.part_version[k] = seen[-1].version
    if buffers.flow_px is not None and previous is None:
        buffers.flow_px.fill(np.nan)
    if not radiance:
        return buffers, ()
    return _picture(renderer, snapshot, T_world_camera, lens, seen, buffers, antialias, wetness=wetness)


def _turned(T_world_camera: NDArray[np.float64], face: Face) -> NDArray[np.float64]:
    """Pose (4, 4) of a face: the axes of its frame are those of the camera in another order."""
    out = T_world_camera.copy()
    for k in range(3):
        out[:3, k] = (T_world_camera[:3, :3] * face.turn[k]).sum(axis=1)
    return out


def _empty(camera: CameraModel, faces: int, snapshot: Snapshot, *, geometry: bool, air: bool) -> Buffers:
    """Buffers in which nothing is seen: what pixels beyond the circle of a fisheye keep."""
    shape = camera.height, camera.width
    return Buffers(
        radiance=None,
        depth_m=np.full(shape, np.inf, np.float32),
        distance_m=np.full(shape, np.inf, np.float32) if air else None,
        instance=np.zeros(shape, np.uint16),
        semantic=np.zeros(shape, np.uint8),
        normal=np.zeros((*shape, 3), np.float32) if geometry else None,
        flow_px=np.full((*shape, 2), np.nan, np.float32) if geometry else None,
        transmittance=np.ones(shape, np.float32) if air else None,
        water_depth_m=np.zeros(shape, np.float32),
        part_version=np.zeros((faces, len(snapshot.T_world_part)), np.uint8),
    )


def _look(
    renderer: Renderer,
    snapshot: Snapshot,
    face: Face,
    pose: NDArray[np.float64],
    name: str,
    buffers: Buffers,
    chosen: NDArray[np.uint8] | None,
    *,
    air: bool,
) -> _Seen:
    """See one face, and note in the buffers what the pixels take from their samples as it is."""
    fine, view = camera_view(face.fine, pose), camera_view(face.pinhole, pose)
    maps = renderer.covers(snapshot)
    surface, depth, instance, semantic, version = renderer.see(fine, snapshot, name, maps=maps, version=chosen)
    met = surface.through(view, face.x, face.y, face.sample)
    puffs = renderer.floating(fine, snapshot, depth, None) if air and maps else None
    layers = renderer.layers(fine, snapshot, depth, instance, semantic, None, air=puffs is not None)
    hidden = np.zeros(0, np.float32)
    if puffs is not None and layers.distance_m is not None:
        hidden = np.ones(depth.size, np.float32)
        puffs.fade(layers.distance_m, hidden.reshape(depth.shape))
    if layers.water is not None:
        through.take(
            face.pixel, face.sample, layers.water_depth_m.reshape(-1), buffers.water_depth_m.reshape(-1)
        )  # fmt: skip
    return _Seen(view, surface, depth, layers, hidden, version, met)


def _label(
    renderer: Renderer,
    snapshot: Snapshot,
    face: Face,
    seen: _Seen,
    straight: View,
    lens: LensMap,
    to_previous: NDArray[np.float64],
    buffers: Buffers,
) -> None:
    """Write what belongs to the own ray of each pixel: depth, distance, transmittance, normal and flow."""
    none = np.zeros(0, np.float32)
    distance, transmittance = buffers.distance_m, buffers.transmittance
    water = seen.layers.water
    through.labels(
        face.pixel, face.sample, face.x, face.y, seen.met.depth, seen.met.normal, seen.met.part, renderer.identity,
        lens.camera.lens, seen.view.intrinsics, face.turn, straight.to_camera[:, 2].copy(),
        float(straight.eye[2]) - (float(water[LEVEL]) if water is not None else 0.0),
        np.zeros(0, np.uint8) if water is None else seen.layers.is_water.reshape(-1),
        renderer.air(straight, snapshot.conditions), seen.hidden, to_previous, lens.camera.width,
        np.empty(through.LABEL_SCRATCH), buffers.instance.reshape(-1), buffers.semantic.reshape(-1),
        buffers.depth_m.reshape(-1), none if distance is None else distance.reshape(-1),
        none if transmittance is None else transmittance.reshape(-1),
        none.reshape(0, 3) if buffers.normal is None else buffers.normal.reshape(-1, 3),
        none.reshape(0, 2) if buffers.flow_px is None else buffers.flow_px.reshape(-1, 2),
    )  # fmt: skip


def _picture(
    renderer: Renderer,
    snapshot: Snapshot,
    T_world_camera: NDArray[np.float64],
    lens: LensMap,
    seen: list[_Seen],
    buffers: Buffers,
    antialias: int,
    *,
    wetness: bool,
) -> tuple[Buffers, tuple[Shot, ...]]:
    """The buffers with radiance: the pixels of each face, and further points where a pixel sees several things."""
    camera = lens.camera
    image = np.zeros((camera.height * camera.width, 3), np.float32)
    weight = np.ones(len(image), np.float32)
    film = np.zeros(len(image), np.float32) if wetness else None
    further = _further(renderer, lens, seen, weight, antialias)
    lights = renderer.lights(camera_view(lens.around, T_world_camera), snapshot)
    turns = [face.turn if len(lens.faces) > 1 else None for face in lens.faces]
    shots = []
    for k, (face, s) in enumerate(zip(lens.faces, seen, strict=True)):
        puffs = renderer.floating(s.view, snapshot, None, lights[0])
        shot = renderer.shot(s.met.surface, s.view, snapshot, lights, s.layers, puffs)
        shot = replace(renderer.wet(shot, snapshot, s.surface, s.depth_m), turn=turns[k])
        points = Scattered(face.x, face.y, s.met.surface.face, face.pixel, weight[face.pixel], False)
        renderer.shading.light(shot, points, image, wetness=film)
        if film is not None and s.layers.water is not None:
            film[face.pixel[s.layers.is_water.reshape(-1)[face.sample] != 0]] = 0.0
        if further:
            renderer.shading.light(shot, further[k], image)
        shots.append(shot)
    picture = image.reshape(camera.height, camera.width, 3)
    wet = None if film is None else film.reshape(camera.height, camera.width)
    return replace(buffers, radiance=picture, wetness_m=wet), tuple(shots)


def _further(
    renderer: Renderer, lens: LensMap, seen: list[_Seen], weight: NDArray[np.float32], antialias: int
) -> list[Scattered]:
    """The further points of each face, none without anti-aliasing; lowers the weights of the pixels by their shares."""
    if antialias == 1:
        return []
    chosen = lens.samples(tuple(SAMPLE_OFFSETS[antialias].tolist()))
    return [
        renderer.visibility.edges_through(s.surface, face, s.met.surface.face, spots, weight)
        for face, s, spots in zip(lens.faces, seen, chosen, strict=True)
        if isinstance(s.surface, TriangleSurface)
    ]
