"""Compiled loops over triangles."""
