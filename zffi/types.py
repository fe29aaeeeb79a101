"""The C types as annotations: a type checker sees the Python type, zffi the C type.

class Point(zffi.Struct):
    x: zffi.types.double
    y: zffi.types.double
"""

from typing import Annotated

from . import _core as c

bool_ = Annotated[bool, c.c_bool]
char = Annotated[bytes, c.c_char]
wchar = Annotated[str, c.c_wchar]
byte = Annotated[int, c.c_byte]
ubyte = Annotated[int, c.c_ubyte]
short = Annotated[int, c.c_short]
ushort = Annotated[int, c.c_ushort]
int_ = Annotated[int, c.c_int]
uint = Annotated[int, c.c_uint]
long = Annotated[int, c.c_long]
ulong = Annotated[int, c.c_ulong]
longlong = Annotated[int, c.c_longlong]
ulonglong = Annotated[int, c.c_ulonglong]
int8 = Annotated[int, c.c_int8]
uint8 = Annotated[int, c.c_uint8]
int16 = Annotated[int, c.c_int16]
uint16 = Annotated[int, c.c_uint16]
int32 = Annotated[int, c.c_int32]
uint32 = Annotated[int, c.c_uint32]
int64 = Annotated[int, c.c_int64]
uint64 = Annotated[int, c.c_uint64]
size_t = Annotated[int, c.c_size_t]
ssize_t = Annotated[int, c.c_ssize_t]
intptr_t = Annotated[int, c.c_intptr_t]
uintptr_t = Annotated[int, c.c_uintptr_t]
intmax_t = Annotated[int, c.c_intmax_t]
uintmax_t = Annotated[int, c.c_uintmax_t]
ptrdiff_t = Annotated[int, c.c_ptrdiff_t]
time_t = Annotated[int, c.c_time_t]
int128 = Annotated[int, c.c_int128]
uint128 = Annotated[int, c.c_uint128]
float16 = Annotated[float, c.c_float16]
float_ = Annotated[float, c.c_float]
double = Annotated[float, c.c_double]
longdouble = Annotated[c.c_longdouble, c.c_longdouble]
float_complex = Annotated[complex, c.c_float_complex]
double_complex = Annotated[complex, c.c_double_complex]
longdouble_complex = Annotated[c.c_longdouble_complex, c.c_longdouble_complex]
void_p = Annotated[int | None, c.c_void_p]
const_void_p = Annotated[int | None, c.c_const_void_p]
char_p = Annotated[bytes | None, c.c_char_p]
wchar_p = Annotated[str | None, c.c_wchar_p]
