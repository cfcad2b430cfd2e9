"""Users' own meshes: read beside the scenario, placed on their feet, coloured, weighed, named by content, refused."""

from __future__ import annotations

import math
import struct
from pathlib import Path

import numpy as np
import pytest
import trimesh
from PIL import Image

from simgen.errors import ScenarioError, UserError
from simgen.generate.simulate import still
from simgen.models import build_model, class_by_name, mesh_pieces, mesh_store
from simgen.models.texture import first_level
from simgen.scenario import Scenario, Scene
from simgen.world import World

HEAD = """\
simgen: 1
id: test/own
site: {{road.straight: {{length: 120 m}}}}
conditions: {{sky: {{clouds: 1}}}}
actors:
  ego: {{model: car.small, place: {{lane: main.0, s: 20 m}}}}
  thing: {{model: mesh, params: {{{params}}}, place: {{ahead_of: ego, by: 9 m{place}}}}}
sensors:
  front: {{camera: {{width: 160, height: 120, hfov: 60 deg}}, mount: ego.windscreen}}
duration: 1 s
"""
CUBE = [(x, y, z) for z in (0, 1) for y in (0, 1) for x in (0, 1)]
QUADS = [(0, 2, 3, 1), (4, 5, 7, 6), (0, 1, 5, 4), (2, 6, 7, 3), (0, 4, 6, 2), (1, 3, 7, 5)]


@pytest.fixture(autouse=True)
def own_cache(tmp_path_factory, monkeypatch):
    """A folder for what is read, empty for each test; kernels stay where they are."""
    folder = tmp_path_factory.mktemp("kept")
    monkeypatch.setattr(mesh_store, "_file", lambda digest: folder / f"{digest}.npz")
    mesh_store.load.cache_clear()
    return folder


def write(folder: Path, params: str, place: str = "") -> Path:
    path = folder / "scene.yaml"
    path.write_text(HEAD.format(params=params, place=place), encoding="utf-8")
    return path


def obj(folder: Path, name: str, size=(1.0, 1.0, 1.0), at=(0.0, 0.0, 0.0), head: str = "", per_face: str = "") -> Path:
    """A box as Wavefront OBJ, outward faces."""
    lines = [head] if head else []
    lines += ["v " + " ".join(f"{a + s * c}" for a, s, c in zip(at, size, corner, strict=True)) for corner in CUBE]
    for k, quad in enumerate(QUADS):
        lines += [per_face.format(k % 2)] if per_face else []
        lines.append("f " + " ".join(str(c + 1) for c in quad))
    (folder / name).parent.mkdir(parents=True, exist_ok=True)
    (folder / name).write_text("\n".join(lines) + "\n", encoding="utf-8")
    return folder / name


def model_of(path: Path):
    actor = Scenario.load(path).draw(0, 0).actors[1]
    return build_model(actor.model, actor.params)


def problems(path: Path) -> str:
    with pytest.raises(ScenarioError) as caught:
        Scenario.load(path)
    return str(caught.value)


# -- what is read --------------------------------------------------------------------------------------------------


def test_a_box_stands_on_its_feet_with_its_size_mass_and_middle(tmp_path) -> None:
    obj(tmp_path, "meshes/crate.obj", (0.8, 0.6, 0.5), (7.0, -3.0, 5.0))
    model = model_of(write(tmp_path, "file: meshes/crate.obj, label: box, mass: 30 kg"))
    assert model.size_m == pytest.approx((0.8, 0.6, 0.5), abs=1e-6)
    assert model.box_center_m == pytest.approx((0.0, 0.0, 0.25), abs=1e-6)
    assert model.center_of_mass_m == pytest.approx((0.0, 0.0, 0.25), abs=1e-6)
    assert (model.mass_kg, model.class_name) == (30.0, "box")
    mesh = model.parts[0].mesh
    assert len(mesh.faces) == 12
    a, b, c = (mesh.vertices_m[mesh.faces[:, k]].astype(np.float64) for k in range(3))
    volume = (a * np.cross(b, c)).sum() / 6.0
    assert volume == pytest.approx(0.8 * 0.6 * 0.5, rel=1e-5)  # signed: every face looks outwards
    assert np.allclose(np.abs(mesh.normals).max(axis=1), 1.0)  # hard edges


def test_without_a_mass_it_weighs_what_its_hull_does(tmp_path) -> None:
    obj(tmp_path, "crate.obj", (0.5, 0.5, 0.4))
    assert model_of(write(tmp_path, "file: crate.obj")).mass_kg == pytest.approx(400.0 * 0.1, rel=1e-5)


@pytest.mark.parametrize(
    ("extra", "size"),
    [
        ("", (1.0, 2.0, 3.0)),
        (", up: y", (3.0, 1.0, 2.0)),
        (", up: x", (2.0, 3.0, 1.0)),
        (", turn: 90 deg", (2.0, 1.0, 3.0)),
        (", scale: 0.5", (0.5, 1.0, 1.5)),
    ],
)
def test_axes_turn_and_scale(tmp_path, extra, size) -> None:
    obj(tmp_path, "slab.obj", (1.0, 2.0, 3.0))
    model = model_of(write(tmp_path, f"file: slab.obj, mass: 5 kg{extra}"))
    assert model.size_m == pytest.approx(size, abs=1e-5)
    mesh = model.parts[0].mesh
    a, b, c = (mesh.vertices_m[mesh.faces[:, k]].astype(np.float64) for k in range(3))
    assert (a * np.cross(b, c)).sum() / 6.0 == pytest.approx(math.prod(size), rel=1e-4)  # never inside out


def test_materials_of_an_obj_are_srgb(tmp_path) -> None:
    (tmp_path / "paint.mtl").write_text("newmtl m0\nKd 0.8 0.1 0.05\nnewmtl m1\nKd 0.2 0.4 0.6\n", encoding="utf-8")
    obj(tmp_path, "crate.obj", head="mtllib paint.mtl", per_face="usemtl m{}")
    mesh = model_of(write(tmp_path, "file: crate.obj, mass: 5 kg")).parts[0].mesh
    colors = {tuple(np.round(m.albedo, 2)) for m in mesh.materials}
    assert colors == {(0.6, 0.01, 0.0), (0.03, 0.13, 0.32)}  # IEC 61966-2-1 of 0.8, 0.1, 0.05 and 0.2, 0.4, 0.6
    assert np.bincount(mesh.face_material).tolist() == [6, 6]


def test_a_gltf_is_y_up_with_linear_factors_times_its_texture(tmp_path) -> None:
    box = trimesh.creation.box((1.0, 2.0, 0.5))
    image = Image.new("RGB", (4, 4), (255, 188, 0))  # 188 is 0.5 in linear light
    material = trimesh.visual.material.PBRMaterial(
        baseColorTexture=image, baseColorFactor=[255, 255, 255, 255], metallicFactor=0.0, roughnessFactor=0.35
    )
    box.visual = trimesh.visual.TextureVisuals(uv=np.full((len(box.vertices), 2), 0.5), material=material)
    (tmp_path / "lamp.glb").write_bytes(box.export(file_type="glb"))
    model = model_of(write(tmp_path, "file: lamp.glb, mass: 2 kg"))
    assert model.size_m == pytest.approx((0.5, 1.0, 2.0), abs=1e-5)
    (only,) = model.parts[0].mesh.materials
    assert only.albedo == pytest.approx((1.0, 0.5, 0.0), abs=0.01)
    assert (only.roughness, only.metallic) == pytest.approx((0.35, 0.0))


def test_a_texture_is_a_picture_with_its_top_left_where_the_file_has_it(tmp_path) -> None:
    """A square whose corners lie on the corners of a picture of four tones, read from OBJ (v upwards)."""
    tones = [(255, 0, 0), (0, 255, 0), (0, 0, 255), (255, 255, 255)]  # top left, top right, bottom left, bottom right
    image = Image.new("RGB", (32, 32))
    for k, tone in enumerate(tones):
        image.paste(tone, (16 * (k % 2), 16 * (k // 2), 16 * (k % 2) + 16, 16 * (k // 2) + 16))
    image.save(tmp_path / "four.png")
    (tmp_path / "four.mtl").write_text("newmtl four\nmap_Kd four.png\n", encoding="utf-8")
    square = "v 0 0 0\nv 0 1 0\nv 0 1 1\nv 0 0 1\nvt 0 0\nvt 1 0\nvt 1 1\nvt 0 1\n"
    (tmp_path / "square.obj").write_text(
        f"mtllib four.mtl\nusemtl four\n{square}f 1/1 2/2 3/3\nf 1/1 3/3 4/4\n", encoding="utf-8"
    )
    mesh = model_of(write(tmp_path, "file: square.obj, mass: 1 kg")).parts[0].mesh
    assert {m.texture for m in mesh.materials} == {mesh.materials[0].texture}
    texture = mesh.materials[0].texture
    assert texture is not None
    assert (texture.width, texture.height) == (32, 32)
    level = first_level(texture)
    assert level[2, 2] == pytest.approx((1.0, 0.0, 0.0))
    assert level[30, 30] == pytest.approx((1.0, 1.0, 1.0))
    up, left = mesh.vertices_m[:, 2] > 0.5, mesh.vertices_m[:, 1] < 0.0
    assert mesh.uv_m[up & left] == pytest.approx(np.array([[0.0, 0.0]] * int((up & left).sum())), abs=1e-4)
    assert mesh.uv_m[~up & ~left] == pytest.approx(np.array([[32.0, 32.0]] * int((~up & ~left).sum())), abs=1e-4)


def test_vertex_colours_and_flat_things(tmp_path) -> None:
    quad = "v 0 0 0 1 0 0\nv 1 0 0 1 0 0\nv 1 1 0 1 0 0\nv 0 1 0 1 0 0\nf 1 2 3 4\n"
    (tmp_path / "sheet.obj").write_text(quad, encoding="utf-8")
    model = model_of(write(tmp_path, "file: sheet.obj, mass: 1 kg"))
    assert model.parts[0].mesh.materials[0].albedo == pytest.approx((1.0, 0.0, 0.0), abs=0.01)
    (shape,) = model.collision
    assert (shape.kind, shape.size_m) == ("box", pytest.approx((1.0, 1.0, 0.005)))


def test_a_urdf_is_one_body_with_its_masses_and_pieces(tmp_path) -> None:
    obj(tmp_path, "meshes/top.obj", (1000.0, 500.0, 40.0), (-500.0, -250.0, 0.0))
    (tmp_path / "meshes" / "table.urdf").write_text(
        """<robot name="table"><link name="top"><inertial><origin xyz="0 0 0.72"/><mass value="9"/></inertial>
        <visual><origin xyz="0 0 0.7"/><geometry><mesh filename="top.obj" scale="0.001 0.001 0.001"/></geometry>
        <material name="wood"><color rgba="0.5 0.5 0.5 1"/></material></visual></link>
        <link name="leg"><inertial><mass value="3"/></inertial><visual><geometry><cylinder radius="0.05" length="0.7"/>
        </geometry></visual></link>
        <joint name="j" type="fixed"><parent link="top"/><child link="leg"/><origin xyz="0.1 0 0.35"/></joint>
        </robot>""",
        encoding="utf-8",
    )
    model = model_of(write(tmp_path, "file: meshes/table.urdf, collision: pieces"))
    assert model.size_m == pytest.approx((1.0, 0.5, 0.74), abs=1e-4)
    assert model.mass_kg == 12.0
    assert model.center_of_mass_m == pytest.approx((0.1 * 3 / 12, 0.0, (9 * 0.72 + 3 * 0.35) / 12), abs=1e-4)
    assert [s.kind for s in model.collision] == ["hull", "hull"]
    albedo = {round(m.albedo[0], 2) for m in model.parts[0].mesh.materials}
    assert albedo == {0.21, 0.5}  # the material of the top is sRGB 0.5, the leg has none


# -- in a scene ----------------------------------------------------------------------------------------------------


def test_it_settles_on_the_road_is_seen_and_labelled(tmp_path) -> None:
    obj(tmp_path, "crate.obj", (1.0, 1.2, 0.9))
    scene = Scenario.load(write(tmp_path, "file: crate.obj, label: box, mass: 40 kg", ", drop: 0.3 m")).draw(0, 0)
    with World(scene) as world:
        for _ in range(scene.physics_hz):
            world.step()
        T = world.snapshot().T_world_object[1]
    ground_m = scene.actors[1].position_m[2] - 0.3
    assert T[2, 3] == pytest.approx(ground_m, abs=0.02)
    assert T[2, 2] > 0.999
    frame = still(scene, 0.5)
    assert frame.semantic is not None
    assert (frame.semantic == class_by_name("box").id).sum() > 100
    again = still(scene, 0.5)
    assert np.array_equal(frame.rgb, again.rgb)


def test_a_scene_names_content_and_the_digest_follows_it(tmp_path) -> None:
    file = obj(tmp_path, "crate.obj")
    path = write(tmp_path, "file: crate.obj, mass: 5 kg")
    first = Scenario.load(path)
    scene = first.draw(0, 0)
    named = str(scene.actors[1].params["file"])
    assert named.startswith("crate.obj@")
    assert str(tmp_path) not in scene.to_json()
    assert Scene.from_json(scene.to_json()) == scene
    file.write_text(file.read_text(encoding="utf-8") + "# touched\n", encoding="utf-8")
    second = Scenario.load(path)
    assert second.digest != first.digest
    assert second.draw(0, 0).actors[1].params["file"] != named
    assert build_model("mesh", scene.actors[1].params).size_m == (1.0, 1.0, 1.0)  # the old scene still has its own


def test_the_place_of_the_folder_does_not_matter(tmp_path) -> None:
    digests = []
    for name in ("a", "b"):
        (tmp_path / name).mkdir()
        obj(tmp_path / name, "crate.obj")
        digests.append(Scenario.load(write(tmp_path / name, "file: crate.obj, mass: 5 kg")).digest)
    assert digests[0] == digests[1]


def test_a_choice_of_files_is_drawn(tmp_path) -> None:
    obj(tmp_path, "small.obj", (0.4, 0.4, 0.4))
    obj(tmp_path, "large.obj", (0.9, 0.9, 0.9))
    scenario = Scenario.load(write(tmp_path, "file: {choice: [small.obj, large.obj]}, mass: {uniform: [2 kg, 9 kg]}"))
    drawn = {str(scenario.draw(1, k).actors[1].params["file"]).partition("@")[0] for k in range(12)}
    assert drawn == {"small.obj", "large.obj"}


def test_a_scene_without_its_mesh_says_what_to_do(tmp_path, own_cache) -> None:
    obj(tmp_path, "crate.obj", (1.0, 1.0, 0.7))
    scene = Scenario.load(write(tmp_path, "file: crate.obj, mass: 6 kg")).draw(0, 0)
    for kept in own_cache.glob("*.npz"):
        kept.unlink()
    mesh_store.load.cache_clear()
    with pytest.raises(UserError, match=r"'crate.obj' of content \w+ is not on this machine; load the scenario"):
        build_model("mesh", {**scene.actors[1].params, "mass_kg": 6.5})


# -- what is refused -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("params", "told"),
    [
        ("file: none.obj", "there is no file 'none.obj' in the folder of the scenario"),
        ("file: ../secret.obj", "'../secret.obj' leads out of the folder of the scenario"),
        ("file: a/../../secret.obj", "leads out of the folder"),
        ("file: /etc/passwd.obj", "is not a path relative to the folder"),
        ("file: ~/secret.obj", "is not a path relative"),
        ("file: link.obj", "'link.obj' leads out of the folder"),
        ("file: 'http://host/x.obj'", "is not a path relative"),
        ("file: thing.fbx", "is of no known format; expected .obj, .stl, .gltf, .glb, .urdf"),
        ("file: empty.obj", "has no triangles"),
        ("file: nan.obj", "has corners that are not finite numbers"),
        ("file: needle.obj", "has no triangles of any area"),
        ("file: rubbish.glb", "'rubbish.glb' cannot be read as GLB"),
        ("file: cut.stl", "cannot be read as STL"),
        ("file: out.obj", "'../paint.mtl' leads out"),
        ("file: unpainted.obj", "there is no file 'paint.mtl'"),
        ("file: millimetres.obj", "looks as if it were in millimetres: expected scale: 0.001"),
        ("file: dust.obj", "less than 10 mm; expected a greater scale"),
        ("file: cube.obj, label: road", "no class of things is called 'road'; expected one of car"),
        ("file: cube.obj, up: north", "up is 'north'; expected x, y or z"),
        ("file: cube.obj, collision: exact", "collision is 'exact'; expected one of hull, pieces, box"),
        ("file: cube.obj, scale: 0", "scale is 0"),
        ("file: bomb.urdf", "declares XML entities"),
        ("file: ring.urdf", "its joints run in a circle"),
        ("file: wrong.urdf", "cannot be read as URDF"),
        ("file: rope.urdf", "of the kind 'rope'"),
        ("label: box", "lacks the key 'file'"),
    ],
)
def test_what_is_wrong_with_a_mesh_is_said_where_it_stands(tmp_path, params, told) -> None:
    (tmp_path / "secret.obj").write_text("v 0 0 0\n", encoding="utf-8")
    folder = tmp_path / "scenarios"
    folder.mkdir()
    obj(folder, "cube.obj")
    obj(folder, "out.obj", head="mtllib ../paint.mtl")
    obj(folder, "unpainted.obj", head="mtllib paint.mtl")
    obj(folder, "millimetres.obj", (800.0, 600.0, 500.0))
    obj(folder, "dust.obj", (1e-3, 1e-3, 1e-3))
    (folder / "link.obj").symlink_to(tmp_path / "secret.obj")
    (folder / "empty.obj").write_text("# nothing\n", encoding="utf-8")
    (folder / "nan.obj").write_text("v 0 0 0\nv 1 0 nan\nv 0 1 0\nf 1 2 3\n", encoding="utf-8")
    (folder / "needle.obj").write_text("v 0 0 0\nv 1 0 0\nv 2 0 0\nf 1 2 3\n", encoding="utf-8")
    (folder / "rubbish.glb").write_bytes(b"glTF" + bytes(40))
    (folder / "cut.stl").write_bytes(bytes(80) + struct.pack("<I", 1000) + bytes(50))
    link = '<robot><link name="{}"><visual><geometry><{}/></geometry></visual></link>{}</robot>'
    (folder / "bomb.urdf").write_text('<!DOCTYPE r [<!ENTITY a "b">]>' + link.format("l", "box", ""), encoding="utf-8")
    joint = '<joint name="j" type="fixed"><parent link="l"/><child link="l"/></joint>'
    (folder / "ring.urdf").write_text(link.format("l", 'box size="1 1 1"', joint), encoding="utf-8")
    (folder / "wrong.urdf").write_text(link.format("l", 'box size="1 1"', ""), encoding="utf-8")
    (folder / "rope.urdf").write_text(link.format("l", "rope", ""), encoding="utf-8")
    text = problems(write(folder, params))
    assert told in text
    assert "scene.yaml:7:" in text


def test_what_is_too_large_is_refused_before_it_is_laid_out(tmp_path, monkeypatch) -> None:
    obj(tmp_path, "cube.obj")
    monkeypatch.setattr(mesh_pieces, "MOST_BYTES", 100)
    assert "makes it larger than" in problems(write(tmp_path, "file: cube.obj"))
    monkeypatch.undo()
    monkeypatch.setattr(mesh_store, "_file", lambda digest: tmp_path / f"{digest}.npz")
    scene = trimesh.Scene()
    ball = trimesh.creation.icosphere(subdivisions=4)  # 5,120 triangles, fifty times
    for k in range(50):
        scene.add_geometry(ball, geom_name="ball", transform=trimesh.transformations.translation_matrix([3 * k, 0, 0]))
    (tmp_path / "many.glb").write_bytes(scene.export(file_type="glb"))
    assert "has more than 100,000 triangles" in problems(write(tmp_path, "file: many.glb"))


def test_a_text_without_a_folder_has_no_meshes() -> None:
    with pytest.raises(ScenarioError, match="this text lies in no folder"):
        Scenario.from_text(HEAD.format(params="file: crate.obj", place=""), "given")


def test_a_path_by_parameter_is_refused(tmp_path) -> None:
    obj(tmp_path, "cube.obj")
    path = write(tmp_path, "file: $which")
    path.write_text(path.read_text(encoding="utf-8") + "params: {which: cube.obj}\n", encoding="utf-8")
    assert "the file of a mesh is not computed" in problems(path)
