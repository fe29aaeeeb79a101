"""The namespaces of cdef: what they are, what later ones know, pickles, other conventions."""

import copy
import gc
import itertools
import pickle
import pydoc
import subprocess
import sys
import threading
from typing import Any

import pytest
from leaks import blocks_left
from native import Native

import zffi
from cdef import compiled
from zffi import POINTER, errors

SHAPES = """
    typedef struct point { double x, y; } point;
    typedef struct { point from, to; struct { int r, g, b; } color; } line_t;
    enum side { LEFT, RIGHT };
    typedef struct opaque *handle;
    int abs(int value);
"""


@pytest.fixture
def process() -> zffi.Library:
    return zffi.load(None)


@pytest.fixture
def c(process: zffi.Library) -> Any:
    return process.cdef(SHAPES)


def test_a_namespace_is_a_plain_class(c: Any) -> None:
    """The interpreter has specialised instructions for the attributes of these alone."""
    kind: Any = type(c)
    assert kind is type
    assert repr(c) == "<class 'zffi.cdef of the process'>"
    assert c.__all__ == ("point", "line_t", "handle", "LEFT", "RIGHT", "abs", "side", "opaque")
    assert set(c.__all__) < set(dir(c))
    assert "abs(value, /)" in pydoc.plain(pydoc.render_doc(c))
    with pytest.raises(TypeError, match="cdef of the process is a namespace: it makes no values"):
        c()


def test_a_function_may_have_any_name(process: zffi.Library) -> None:
    c = process.cdef("int close(int); int bind(int, void *, int); int mro(void);", optional="mro")
    assert c.close(-1) == -1
    assert c.bind(-1, None, 0) == -1
    assert c.mro is None


def test_a_missing_name(c: Any) -> None:
    message = "type object 'cdef of the process' has no attribute 'abz'"
    with pytest.raises(AttributeError, match=message) as caught:
        c.abz  # noqa: B018
    assert (caught.value.name, caught.value.obj) == ("abz", c)
    program = f"import zffi; zffi.load(None).cdef({SHAPES!r}).lin_t"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True)
    assert "Did you mean: 'line_t'?" in done.stderr


def test_tags_step_back_behind_names(process: zffi.Library) -> None:
    c = process.cdef("struct abs { int x; }; int abs(int); struct labs { int y; };")
    assert c.abs(-1) == 1
    assert c.struct_abs(5).x == 5
    assert c.labs(5).y == 5


def test_namespaces_are_independent(process: zffi.Library, c: Any) -> None:
    other = process.cdef("int abs(int);", gil="hold")
    other.more = 1
    assert not hasattr(c, "more")
    assert not hasattr(other, "point")
    assert [zffi.info(each.abs).gil for each in (c, other)] == ["release", "hold"]


def test_later_declarations_know_earlier_ones(process: zffi.Library, c: Any) -> None:
    later = process.cdef("typedef struct { point corner[RIGHT + 1]; enum side s; } box;")
    assert later.box._members_[0].type._type_ is c.point
    assert process.cdef("typedef box *box_pointer;").box_pointer is POINTER(later.box)
    with pytest.raises(errors.CDefError, match="unknown type box"):
        zffi.load("m").cdef("int f(box *b);")


def test_a_struct_may_get_its_members_later(process: zffi.Library) -> None:
    first = process.cdef("struct later_one; struct holder { struct later_one *p; };")
    second = process.cdef("struct later_one { int x; };")
    assert second.later_one is first.later_one
    value = second.later_one(7)
    assert first.holder(zffi.pointer(value)).p[0].x == 7
    assert pickle.loads(pickle.dumps(value)) == value


def test_a_struct_of_the_same_name_hides_the_earlier_one(process: zffi.Library, c: Any) -> None:
    other = process.cdef("struct point { int only; }; typedef struct point *pointer;")
    assert other.point is not c.point
    assert zffi.sizeof(other.point) == 4
    assert other.pointer is POINTER(other.point)


def test_one_text_has_one_set_of_types(process: zffi.Library, c: Any) -> None:
    again = process.cdef(SHAPES)
    elsewhere = zffi.load("m", gil="hold").cdef(SHAPES)
    assert again is not c
    assert c.point is again.point is elsewhere.point
    assert c.LEFT is elsewhere.LEFT
    assert zffi.load(None).cdef(SHAPES, pack=1).point is not c.point


def test_standard_types_are_zffis_own(process: zffi.Library) -> None:
    c = process.cdef("""
        typedef unsigned long size_t;  /* as preprocessed headers say it */
        typedef struct _IO_FILE FILE;
        size_t strlen(const char *);
        FILE *fopen(const char *, const char *);
    """)
    assert zffi.info(c.strlen).restype is zffi.c_size_t
    assert zffi.info(c.fopen).restype is zffi.handle("FILE")


PICKLED = ("point", "line_t", "side", "opaque", "handle")


@pytest.mark.parametrize("name", PICKLED)
def test_types_pickle(c: Any, name: str) -> None:
    ctype = getattr(c, name)
    assert pickle.loads(pickle.dumps(ctype)) is ctype
    assert copy.deepcopy(ctype) is ctype


def test_values_pickle(c: Any) -> None:
    value = c.line_t(c.point(1, 2), c.point(3, 4), (5, 6, 7))
    again = pickle.loads(pickle.dumps(value))
    assert again == value
    assert again.color.g == 6
    assert pickle.loads(pickle.dumps(c.RIGHT)) is c.RIGHT
    assert pickle.loads(pickle.dumps(c.abs))(-3) == 3


def test_pickles_of_another_process(c: Any) -> None:
    """There, the types are made from the declarations, and are those of who declares the same."""
    values = (c.point, c.line_t(c.point(1, 2)), c.LEFT, c.abs)
    program = f"""
import pickle, sys, zffi
point, line, left, absolute = pickle.loads(sys.stdin.buffer.read())
c = zffi.load("m").cdef({SHAPES!r})
assert c.point is point and type(line) is c.line_t and left is c.LEFT, (point, line, left)
print(line, absolute(-4))
"""
    done = subprocess.run(
        [sys.executable, "-c", program], input=pickle.dumps(values), capture_output=True
    )
    assert done.stderr == b""
    assert done.stdout.decode().split() == [*f"{values[1]!r}".split(), "4"]


def test_closing(one_native: Native) -> None:
    library = zffi.load(one_native("declared.c"))
    c = library.cdef(compiled.declared())
    library.close()
    with pytest.raises(errors.LibraryClosedError, match=r"^add\(\): "):
        c.add(1, 2)
    with pytest.raises(errors.LibraryClosedError, match="is closed"):
        library.cdef("int add(int, int);")
    assert c.node(1).value == 1


def test_nothing_is_left_behind(process: zffi.Library) -> None:
    numbers = itertools.count()

    def declare() -> None:
        i = next(numbers)
        library = zffi.load("m")
        c = library.cdef(f"struct s{i} {{ int x; struct s{i} *p; }}; double cos(double);")
        assert getattr(c, f"s{i}")(i).x == i

    assert blocks_left(declare, 100, 60) < 300


def test_the_callers_frame_is_not_kept(process: zffi.Library) -> None:
    class Local:
        """What a frame has."""

    def declare(numbers: Any) -> tuple[Any, Any]:
        local = Local()
        import weakref

        return process.cdef(f"struct kept{next(numbers)};"), weakref.ref(local)

    _, gone = declare(itertools.count())
    gc.collect()
    assert gone() is None


def test_threads() -> None:
    """The same new text in many threads: one set of types."""
    text = "typedef struct { int from_threads[3]; } one_of_all; int abs(int);"
    found: list[Any] = []
    barrier = threading.Barrier(8)

    def declare() -> None:
        barrier.wait()
        found.append(zffi.load("c").cdef(text).one_of_all)

    threads = [threading.Thread(target=declare) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(found) == 8
    assert len(set(found)) == 1


WINDOWS = """
    typedef struct { char c; long l; wchar_t w; } words;
    struct bits { char a : 3; int b : 5; };
    enum wide { SMALL };
    long double real;
"""


def test_the_convention_says_how_large_types_are() -> None:
    known = compiled.scope(WINDOWS, "win64")
    sizes = {name: zffi.sizeof(ctype) for name, ctype in known.tags.items()}
    assert sizes == {"struct bits": 8, "enum wide": 4}
    words = known.types["struct words"]
    assert [member.offset for member in words._members_] == [0, 4, 8]
    assert zffi.sizeof(words) == 12
    assert known.variables["real"].ctype is zffi.c_double
    assert zffi.signature(zffi.enum(known.types["enum wide"])).restype is not zffi.c_uint


def test_functions_have_the_convention(process: zffi.Library) -> None:
    c = process.cdef("long labs(long);", abi=compiled.HOST)
    assert zffi.info(c.labs).abi == compiled.HOST
    known = compiled.scope(
        "int f(int) __attribute__((ms_abi)); int __attribute__((sysv_abi)) g(int);"
    )
    assert [each.signature.abi for each in known.functions.values()] == ["win64", "sysv64"]


def test_pack_is_pragma_pack(process: zffi.Library) -> None:
    text = "struct packed_by_option { char c; double d; };"
    assert zffi.sizeof(process.cdef(text, pack=1).packed_by_option) == 9
    assert zffi.sizeof(process.cdef(text).packed_by_option) == 16


def test_cplusplus_guards_are_read(process: zffi.Library) -> None:
    c = process.cdef(
        'extern "C" { int abs(int); extern "C" long labs(long); }\nextern int atoi(const char *);'
    )
    assert (c.abs(-1), c.labs(-2), c.atoi(b"3")) == (1, 2, 3)


def test_opaque_types(process: zffi.Library) -> None:
    c = process.cdef("typedef ... stream; typedef ... *token; token f(stream *); ", optional="f")
    assert issubclass(c.stream, zffi.Struct)
    assert issubclass(c.token, zffi.Pointer)
    with pytest.raises(TypeError, match="incomplete"):
        zffi.sizeof(c.stream)


@pytest.mark.parametrize(
    ("declaration", "types"),
    [
        ("const char *", [zffi.c_char_p]),
        ("char *", [POINTER(zffi.c_char)]),
        ("const wchar_t *", [zffi.c_wchar_p]),
        ("void *, const void *", [zffi.c_void_p, zffi.c_const_void_p]),
        ("const uint8_t *, uint8_t *", [zffi.c_const_void_p, POINTER(zffi.c_uint8)]),
        ("const int *", [POINTER(zffi.c_int)]),
        ("char **, const char **", [POINTER(POINTER(zffi.c_char)), POINTER(zffi.c_char_p)]),
        ("char *const argv[]", [POINTER(POINTER(zffi.c_char))]),
        ("int x[3], int y[][4]", [POINTER(zffi.c_int), POINTER(zffi.c_int * 4)]),
        ("int n, int x[n], int y[static 2]", [zffi.c_int, *[POINTER(zffi.c_int)] * 2]),
        ("void (*f)(int), int g(int)", [zffi.c_void_p] * 2),
        ("unsigned, signed char, long long int", [zffi.c_uint, zffi.c_byte, zffi.c_longlong]),
        ("long unsigned int, short int unsigned", [zffi.c_ulong, zffi.c_ushort]),
        ("_Bool, bool, char", [zffi.c_bool, zffi.c_bool, zffi.c_char]),
        ("long double, float _Complex", [zffi.c_longdouble, zffi.c_float_complex]),
        ("__int128, unsigned __int128", [zffi.c_int128, zffi.c_uint128]),
        ("register int a, const volatile int b", [zffi.c_int] * 2),
        ("int32_t, uint_least8_t, ptrdiff_t", [zffi.c_int32, zffi.c_uint8, zffi.c_ptrdiff_t]),
        ("FILE *", [zffi.handle("FILE")]),
        ("void", []),
        ("", []),
    ],
)
def test_parameters(declaration: str, types: list[Any]) -> None:
    known = compiled.scope(f"int f({declaration});")
    assert list(known.functions["f"].signature.argtypes) == types


@pytest.mark.parametrize(
    ("declaration", "names"),
    [
        ("int a, int b", ("a", "b")),
        ("int, int", None),
        ("int a, int", ("a", "argument2")),
        ("int from, int (*in)(int x)", ("from", "in")),
    ],
)
def test_names_of_parameters(declaration: str, names: Any) -> None:
    known = compiled.scope(f"int f({declaration});")
    assert known.functions["f"].signature.names == names
