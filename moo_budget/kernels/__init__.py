"""Compiled inner loops: numpy and numba only, contiguous arrays in, the last argument out, no checks, no objects."""
