"""Benchmarks: what a call costs through zffi, ctypes, cffi and a hand-written C extension."""
