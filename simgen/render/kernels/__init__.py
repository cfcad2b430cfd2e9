"""The compiled loops of the renderer: flat arrays in, flat arrays out, no I/O.

Stages, in order:

    transform   part frames -> camera frame, projection
    raster      triangles -> nearest triangle id and inverse depth per sample (the visibility buffer)
    points      samples -> shading points (pixel centres first, then the extra points of edge pixels)
    setups      points -> runs of one triangle in one row, and what a triangle's points share
    grouping    runs -> those of one material together
    resolve     point -> position, normal, surface coordinates; material and pattern -> reflectance
    shadow      point -> visibility of the sun and of the shadowed lamps, sky occlusion
    light       reflectance + sources (columns of `sources`) -> radiance
    water       the nearest transparent layer
    media       air between surface and camera

Each loop is nogil, IEEE-strict (no fastmath: the bits must not depend on the processor) and guards its
indices. Literals next to float32 values are wrapped: an integer literal times float32 becomes float64.
"""
