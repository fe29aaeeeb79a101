/* messages.h - every message text of the extension, in one table: ZF_MESSAGE(name, format of
 * PyUnicode_FromFormat).
 *
 * What comes before the colon (the function, the argument, its C type) is put in front by errors.c.
 */
#ifndef ZF_MESSAGES_H
#define ZF_MESSAGES_H

/* clang-format off */
#define ZF_MESSAGES(ZF_MESSAGE)                                                                   \
    /* arguments of a call */                                                                     \
    ZF_MESSAGE(ARITY, "%U() takes %s%zd argument%s (%zd given)")                                  \
    ZF_MESSAGE(EXPECTED, "expected %s, got %U")                                                   \
    ZF_MESSAGE(NO_TAIL_TYPE, "no C type goes without saying for %U; wrap it, as in c_double(x)")  \
    ZF_MESSAGE(CALL_TOO_MANY, "%U() takes at most %d arguments (%zd given)")                      \
    ZF_MESSAGE(OTHER_DATA, "expected %s, got %U, another C type; pass its .value")                \
    ZF_MESSAGE(DATA_FOR_POINTER, "expected %s, got %U; byref() gives its address")                \
    ZF_MESSAGE(OUT_OF_RANGE, "%U is out of range (%lld to %llu)")                                 \
    ZF_MESSAGE(OUT_OF_WIDE_RANGE, "%U is out of range (%s to %s)")                                \
    ZF_MESSAGE(LONG_DOUBLE_RANGE, "%U is too large for a long double")                            \
    ZF_MESSAGE(NOT_LONG_DOUBLE, "%R is no number as C writes it, decimal or hexadecimal")         \
    ZF_MESSAGE(FLOAT16_RANGE, "%R is too large for a _Float16")                                   \
    ZF_MESSAGE(FLOAT_RANGE, "%R is too large for a float")                                        \
    ZF_MESSAGE(ADDRESS_RANGE, "%U is no address (%lld to %llu)")                                  \
    ZF_MESSAGE(DOUBLE_RANGE, "an int too large for a double")                                     \
    ZF_MESSAGE(EMBEDDED_NUL, "embedded NUL at index %zd; C would see a shorter string")           \
    ZF_MESSAGE(NOT_UTF8, "the str cannot be encoded as UTF-8 (it holds a lone surrogate)")        \
    ZF_MESSAGE(READ_ONLY,                                                                         \
               "%U is read-only and C may write to it; give a writable buffer, or declare the "   \
               "parameter as c_const_void_p or c_char_p")                                         \
    ZF_MESSAGE(NOT_CONTIGUOUS, "the buffer of %U is not contiguous")                              \
    ZF_MESSAGE(NOT_ONE_CHAR, "expected one character, got %zd")                                   \
    ZF_MESSAGE(STR_FOR_POINTER,                                                                   \
               "expected %s, got %U; encode it, or declare the parameter as c_char_p")            \
    ZF_MESSAGE(WCHAR_RESULT, "the wchar_t 0x%x is no Unicode character")                       \
    /* declarations */                                                                            \
    ZF_MESSAGE(NOT_A_CTYPE, "%U: %R is not a C type%s")                                           \
    ZF_MESSAGE(CANNOT_PASS, "%U: %R cannot be passed: %s")                                        \
    ZF_MESSAGE(CANNOT_USE, "%U: %R cannot be used here: %s")                                      \
    ZF_MESSAGE(NOT_CALLABLE, "%s() has the calling convention %s, which this machine cannot call")\
    ZF_MESSAGE(TOO_MANY, "a signature of %zd arguments; the most is %d")                          \
    ZF_MESSAGE(FIXED, "fixed must be a number of parameters, not %R")                             \
    ZF_MESSAGE(FIXED_COUNT, "fixed=%zd, but argtypes has fewer types")                            \
    ZF_MESSAGE(PARAMETER_NAME, "argument %zd: %R is not a usable parameter name")                 \
    ZF_MESSAGE(PARAMETER_TWICE, "argument %zd: %R is the name of an earlier one too")             \
    ZF_MESSAGE(ARGTYPES, "%U: expected a sequence of C types, or a mapping of names to C types, " \
                         "got %R%s")                                                              \
    ZF_MESSAGE(SIGNATURE_TWICE,                                                                   \
               "argtypes and abi are part of the signature that was given; give one or the other")\
    ZF_MESSAGE(UNKNOWN_ABI, "unknown calling convention %R; this build calls: %U")                \
    ZF_MESSAGE(GIL_WORD, "gil must be 'release' or 'hold', not %R")                               \
    ZF_MESSAGE(CHECK_CALLABLE, "check must be callable, not %U")                                  \
    ZF_MESSAGE(CHECK_CLASS, "check is the class %U; it must be an instance: %U(...)")             \
    ZF_MESSAGE(DOC_TYPE, "doc must be a str or None, not %U")                                     \
    ZF_MESSAGE(NULL_ADDRESS, "a function cannot be at address 0")                                 \
    ZF_MESSAGE(NOT_BOUND, "expected a function bound by zffi, got %U")                            \
    ZF_MESSAGE(NOT_DATA, "expected a C data object, got %U")                                      \
    ZF_MESSAGE(BYREF_COUNT, "byref() takes a data object, and an offset or none (%zd given)")     \
    ZF_MESSAGE(BYREF_OFFSET, "offset %zd is outside %U, which has %zd byte%s")                    \
    ZF_MESSAGE(TOO_LONG, "room for %zd, got %zd")                                                 \
    ZF_MESSAGE(NULL_MEMORY, "there is no value at address 0")                                     \
    ZF_MESSAGE(NULL_POINTER, "%s is NULL")                                                        \
    ZF_MESSAGE(BUFFER_READ_ONLY, "the buffer is read-only; from_buffer_copy() copies it")         \
    ZF_MESSAGE(BUFFER_HOLES, "the buffer is not contiguous")                                      \
    ZF_MESSAGE(BUFFER_SMALL,                                                                      \
               "a buffer of %zd bytes, at offset %zd, has no room for %s (%zd bytes)")            \
    ZF_MESSAGE(DIMENSIONS, "an array of more than %d dimensions")                                 \
    ZF_MESSAGE(NEGATIVE_LENGTH, "an array cannot have %zd elements")                              \
    ZF_MESSAGE(NEGATIVE_COUNT, "a count of %zd bytes")                                            \
    ZF_MESSAGE(ARRAY_SIZE, "an array of %zd %s is larger than the address space")                 \
    ZF_MESSAGE(ARRAY_BY_VALUE, "%U: C passes no array by value, and %R is one%s; give a POINTER") \
    ZF_MESSAGE(INDEX, "%s has no index %zd")                                                      \
    ZF_MESSAGE(INDEX_TYPE, "the index of %s must be an int or a slice, not %U")                   \
    ZF_MESSAGE(SLICE_LENGTH, "a slice of %zd elements cannot take %zd")                           \
    ZF_MESSAGE(NO_DELETE, "elements cannot be deleted")                                           \
    ZF_MESSAGE(POINTER_SLICE, "a slice of a pointer needs a start and a stop")                    \
    ZF_MESSAGE(POINTER_VOID, "a pointer to void has no elements; cast() it")                      \
    ZF_MESSAGE(POINTER_OTHER, "%s and %U point to different types")                               \
    ZF_MESSAGE(CAST, "cast() expected a pointer, an array, an address or None, got %U")           \
    ZF_MESSAGE(NOT_A_POINTER_TYPE, "cast() to %R, which is no pointer type")                      \
    ZF_MESSAGE(FIELD_OWNER, "%U is a member of %s, not of %s")                                    \
    ZF_MESSAGE(SAME_MEMBER, "%s: two members are called %R")                                      \
    ZF_MESSAGE(NOT_ANONYMOUS, "%s: member %R is anonymous, but no struct or union")               \
    ZF_MESSAGE(INCOMPLETE, "%s is incomplete: it has no members yet")                             \
    ZF_MESSAGE(DEFINED_TWICE, "%s has its members already")                                       \
    ZF_MESSAGE(TWO_VALUES, "%U derives from two C types; a value is of one")                      \
    ZF_MESSAGE(BASES, "%s is a C type, whose bases cannot change")                                \
    ZF_MESSAGE(TOO_MANY_VALUES, "%s() takes at most %zd value%s (%zd given)")                     \
    ZF_MESSAGE(NO_SUCH_VALUE, "%s has no member of the value %R")                                 \
    ZF_MESSAGE(NO_MEMBER, "%s has no member %R")                                                  \
    ZF_MESSAGE(MEMBER_TWICE, "%s() got two values for %R")                                        \
    ZF_MESSAGE(MEMBER, "%s, member %zd: %s")                                                      \
    ZF_MESSAGE(LAYOUT, "%s: %s")                                                                  \
    ZF_MESSAGE(NOT_A_NUMBER, "%s is no number; use its .value")                                   \
    ZF_MESSAGE(NOT_SIZED, "expected a C type or a C data object, got %U")                         \
    ZF_MESSAGE(ABSTRACT, "%s is no C type of its own; use one of the c_* types")                  \
    ZF_MESSAGE(HAS_POINTERS, "%s holds a pointer, which means nothing in another place")           \
    ZF_MESSAGE(OTHER_PICKLE, "a pickle of another %s: %zd bytes")                                 \
    ZF_MESSAGE(NO_PICKLE,                                                                         \
               "%U() is bound to a bare address, which means nothing in another process")         \
    /* libraries */                                                                               \
    ZF_MESSAGE(MODE, "load(): the mode has bits that no loader knows: 0x%x")                      \
    ZF_MESSAGE(TIER, "ZFFI_TIER is '%s'; it may be 'stub', 'prebuilt', 'plan' or 'careful'")      \
    ZF_MESSAGE(OTHER_LAYOUT,                                                                      \
               "zffi was compiled for an interpreter whose %s objects are laid out otherwise:"    \
               " calls convert every value the slow way")                                         \
    ZF_MESSAGE(LOAD_TYPE, "load() expected a str, a path object or None, got %U")                 \
    ZF_MESSAGE(NO_ATTRIBUTE,                                                                      \
               "a Library has no attribute %R; func(%R, restype, argtypes) binds a C function")   \
    ZF_MESSAGE(LOAD, "cannot load %R: %U")                                                        \
    ZF_MESSAGE(CLOSE, "cannot close %R: %U")                                                      \
    ZF_MESSAGE(NO_SYMBOL, "%U has no symbol %R: %U")                                              \
    ZF_MESSAGE(NULL_SYMBOL, "the loader resolved it to NULL")                                     \
    ZF_MESSAGE(CLOSED, "%U is closed")                                                            \
    ZF_MESSAGE(CALL_CLOSED, "%U(): %U is closed")                                                 \
    ZF_MESSAGE(NAME_TYPE, "%s expected a str, got %U")                                            \
    ZF_MESSAGE(NAME_NUL, "%s has an embedded NUL in %R")                                          \
    ZF_MESSAGE(NAME_EMPTY, "%s is empty")
/* clang-format on */

#define ZF_MESSAGE_NAME(name, text) ZF_SAY_##name,
#define ZF_MESSAGE_TEXT(name, text) text,

typedef enum ZfMessage { ZF_MESSAGES(ZF_MESSAGE_NAME) ZF_MESSAGE_COUNT } ZfMessage;

#endif
