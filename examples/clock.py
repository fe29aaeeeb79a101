"""Reads the clocks of this machine, and says what each can tell and what reading it costs.

Usage: python clock.py [CALLS]
"""

from __future__ import annotations

import sys
import time
from array import array

import zffi
from zffi import c_char_p, c_int, c_long, c_size_t, c_void_p

CLOCKS = {
    "CLOCK_REALTIME": 0,
    "CLOCK_MONOTONIC": 1,
    "CLOCK_PROCESS_CPUTIME_ID": 2,
    "CLOCK_THREAD_CPUTIME_ID": 3,
    "CLOCK_MONOTONIC_RAW": 4,
    "CLOCK_BOOTTIME": 7,
}

libc = zffi.load("c", gil="hold")  # these calls are too short to let other threads run meanwhile
reading = {"clock": c_int, "timespec": c_void_p}
clock_gettime = libc.func("clock_gettime", c_int, reading, check=zffi.errno_if(-1))
clock_getres = libc.func("clock_getres", c_int, reading, check=zffi.errno_if(-1))
sleep_types = {"wanted": c_void_p, "left": c_void_p}
nanosleep = libc.func("nanosleep", c_int, sleep_types, gil="release", check=zffi.errno_if(-1))
gmtime_r = libc.func("gmtime_r", c_void_p, {"seconds": c_void_p, "tm": c_void_p})
strftime_types = {"to": c_void_p, "size": c_size_t, "format": c_char_p, "tm": c_void_p}
strftime = libc.func("strftime", c_size_t, strftime_types)


def timespec(seconds: int = 0, nanoseconds: int = 0) -> array[int]:
    """A struct timespec: two 64-bit integers, in memory that C may write to."""
    return array("q", [seconds, nanoseconds])


def read(clock: int) -> int:
    """Nanoseconds."""
    now = timespec()
    clock_gettime(clock, now)
    return now[0] * 10**9 + now[1]


def date() -> str:
    """The time in UTC, formatted by C."""
    tm, text = bytearray(56), bytearray(64)  # sizeof(struct tm) is 56
    gmtime_r(zffi.byref(c_long(read(CLOCKS["CLOCK_REALTIME"]) // 10**9)), tm)
    return text[: strftime(text, len(text), "%Y-%m-%d %H:%M:%S UTC", tm)].decode()


def main(calls: str = "100000") -> None:
    print(date())
    buffer = timespec()
    print(f"{'clock':<26}{'seconds':>22}{'resolution':>14}{'one reading':>14}")
    for name, clock in CLOCKS.items():
        clock_getres(clock, buffer)
        resolution = buffer[0] * 10**9 + buffer[1]
        start = time.perf_counter_ns()
        for _ in range(int(calls)):
            clock_gettime(clock, buffer)
        cost = (time.perf_counter_ns() - start) / int(calls)
        print(f"{name:<26}{read(clock) / 1e9:>22.9f}{resolution:>11} ns{cost:>11.0f} ns")
    start = read(CLOCKS["CLOCK_MONOTONIC"])
    nanosleep(timespec(0, 10_000_000), None)
    slept = read(CLOCKS["CLOCK_MONOTONIC"]) - start
    print(f"nanosleep of 10 ms took {slept / 1e6:.2f} ms")


if __name__ == "__main__":
    main(*sys.argv[1:])
