"""Snapshot + camera -> buffers: a software rasterizer with a visibility buffer, and PyBullet's cameras."""
