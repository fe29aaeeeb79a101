"""What cdef says of what it cannot read or do: where it is, why, and what to write instead."""

import pickle
from typing import Any

import pytest

import zffi
from zffi import errors

# source, line, column, words
CASES = [
    ("int f(int a)", 1, 13, "the declaration has no end; is a ';' missing?"),
    ("int f(int a)\nint g(int);", 1, 5, "is a ';' missing, or a type?"),
    ("int f(foo_t x);", 1, 7, "unknown type foo_t"),
    ("foo_t f(int x);", 1, 1, "as in `typedef ... foo_t;`"),
    ("foo_t *f(void);", 1, 1, "unknown type foo_t"),
    ("int f(foo_t);", 1, 7, "unknown type foo_t"),
    ("\n\nint f(uint32 x);", 3, 7, "did you mean uint32_t?"),
    ("struct s { foo_t x; };", 1, 12, "unknown type foo_t"),
    ("#define API extern\nAPI int f(void);", 2, 1, "API is a macro"),
    ("#include <stdio.h>\nint f(void);", 1, 1, "cdef has no preprocessor: delete this line"),
    ("int x;\n#ifdef X\n#endif", 2, 1, "no preprocessor for #ifdef"),
    ("  #error no\n", 1, 1, "cdef does not know #error"),
    ("#pragma pack(pop)", 1, 1, "#pragma pack(pop) without a push"),
    ("#pragma pack(huge)", 1, 1, "#pragma pack does not take 'huge'"),
    ("int x; # define X 1", 1, 8, "'#' belongs to the start of a line"),
    ("/* never ends", 1, 1, "this comment has no end"),
    ("int f(int;", 1, 6, "'(' is not closed"),
    ("int f(int];", 1, 10, "']' does not fit here"),
    ("struct s { int x;", 1, 10, "this brace is not closed"),
    ("};", 1, 1, "this brace closes nothing"),
    ("int f(int @);", 1, 11, "'@'"),
    ("struct s { int a; ...; };", 1, 19, "declare all members in order, or use zffi.field("),
    ("struct s { int a; int ...b; };", 1, 23, "this is for a C compiler to find"),
    ("enum e { A, ... };", 1, 13, "the values of an enum are for a C compiler"),
    ("typedef int... t;", 1, 12, "write the type"),
    ("#define N ...", 1, 1, "the value of N is for a C compiler to find; write it out"),
    ("static const int N = ...;", 1, 22, "write the value"),
    ("extern int x[];", 1, 12, "how long x is"),
    ("int x[N];", 1, 7, "N is no constant that cdef knows"),
    ("int x[-1];", 1, 8, "an array cannot have -1 elements"),
    ("int x[1.5];", 1, 7, "this must be an integer"),
    ("int f(va_list x);", 1, 5, "a va_list can only be made by C"),
    ("__float128 f(void);", 1, 12, "zffi has no __float128"),
    ("_Float128 _Complex f(void);", 1, 1, "is no type of C"),
    ("_Complex _Float128 f(void);", 1, 20, "zffi has no complex numbers of this type"),
    ("typeof(1) x;", 1, 1, "typeof needs a C compiler"),
    ("__thread int x;", 1, 1, "a variable of a thread has no one address"),
    ("class X { };", 1, 1, "this is C++"),
    ("int f(int) __attribute__((vectorcall));", 1, 27, "calling convention vectorcall"),
    ("int f(int) __attribute__((ms_abi));\nint f(int);", 2, 5, "f() is declared in another way"),
    ("int f(int); long f(int);", 1, 18, "f() is declared in another way before"),
    ("typedef int t; typedef long t;", 1, 29, "t is declared as another type before"),
    ("struct s { int x; }; struct s { int x; };", 1, 29, "struct s has its members already"),
    ("enum e { A }; enum e { B };", 1, 15, "enum e has its values already"),
    ("enum e f(void);", 1, 1, "enum e is not declared; write its values"),
    ("struct s x;", 1, 10, "struct s is incomplete"),
    ("struct s { struct t x; };", 1, 21, "struct t is incomplete"),
    ("struct s { int f(void); };", 1, 16, "s.f: a function is no value"),
    ("struct s { void x; };", 1, 17, "s.x: a void is no value"),
    ("struct s { int x; int x; };", 1, 8, "two members are called 'x'"),
    ("struct s { int x : 40; };", 1, 8, "struct s, member 0"),
    ("struct s { char c; int x __attribute__((packed)); };", 1, 24, "zffi.field(offset=...)"),
    ("typedef int t __attribute__((aligned(1)));\nstruct s { t x; };", 2, 14, "aligned to 1"),
    ("typedef struct { int x; } t __attribute__((packed));", 1, 27, "write it behind the brace"),
    ("unsigned float x;", 1, 1, "unsigned float is no type of C"),
    ("int _Complex x;", 1, 1, "is no type of C"),
    ("signed unsigned x;", 1, 1, "is no type of C"),
    ("long long double x;", 1, 1, "is no type of C"),
    ("int f(long double short x);", 1, 7, "is no type of C"),
    ("typedef char *t __attribute__((vector_size(16)));", 1, 32, "vector_size is for numbers"),
]


@pytest.mark.parametrize(("source", "line", "column", "words"), CASES)
def test_errors(source: str, line: int, column: int, words: str) -> None:
    with pytest.raises(errors.CDefError) as caught:
        zffi.load(None).cdef(source)
    error = caught.value
    assert words in error.reason
    assert (error.line, error.column) == (line, column)
    assert error.text == source.split("\n")[line - 1].rstrip()
    assert str(error) == f"cdef: line {line}, column {column}: {error.reason}"
    (note,) = error.__notes__
    excerpt, caret = note.split("\n")
    assert (excerpt, caret.index("^")) == (f"    {error.text}", column + 3)


def test_the_file_that_the_preprocessor_read_is_named() -> None:
    with pytest.raises(errors.CDefError, match=r"^cdef: line 3, column 7 \(shapes.h, line 41\): "):
        zffi.load(None).cdef('# 1 "main.c"\n# 41 "include/shapes.h" 1\nint f(foo_t);')


def test_long_lines_are_shown_in_part() -> None:
    source = "int " + ", ".join(f"x{i}" for i in range(200)) + ", y[N], z;"
    with pytest.raises(errors.CDefError) as caught:
        zffi.load(None).cdef(source)
    (note,) = caught.value.__notes__
    excerpt, caret = note.split("\n")
    assert len(excerpt) < 120
    assert excerpt[caret.index("^")] == "N"


def test_the_class() -> None:
    with pytest.raises(errors.SignatureError) as caught:
        zffi.load(None).cdef("int")
    error: Any = caught.value
    again: Any = pickle.loads(pickle.dumps(error))
    assert issubclass(errors.CDefError, ValueError)
    assert (str(again), vars(again)) == (str(error), vars(error))


def test_each_error_is_new() -> None:
    """A text is read once; what is wrong with it is said each time, without what came before."""
    library = zffi.load(None)
    seen = []
    for _ in range(2):
        with pytest.raises(errors.CDefError) as caught:
            library.cdef("int f(va_list x); typedef int keeps_this_text_alive;")
        seen.append(caught.value)
    assert seen[0] is not seen[1]
    assert str(seen[0]) == str(seen[1])
    assert seen[1].__context__ is None


def test_arguments() -> None:
    library = zffi.load(None)
    with pytest.raises(TypeError, match=r"cdef\(\) expected a str, got bytes"):
        library.cdef(b"int f(void);")  # type: ignore[arg-type]
    with pytest.raises(errors.CallingConventionError, match="unknown calling convention 'other'"):
        library.cdef("int abs(int);", abi="other")
    with pytest.raises(errors.SignatureError, match="pack"):
        library.cdef("struct s { int x; };", pack=3)
