/* libraries.c - opening libraries by every kind of name, symbols, modes, closing, and the loader's
 * own words. */
#define _GNU_SOURCE
#include "check.h"

#include <dlfcn.h>
#include <stdlib.h>

static ZfLibrary *open_library(const char *name, int mode)
{
    ZfLibrary *library = NULL;
    char *words = NULL;
    CHECK_EQUAL(zf_library_open(name, mode, &library, &words), ZF_OK);
    CHECK(library != NULL);
    CHECK(words == NULL);
    if (words != NULL) {
        printf("    %s\n", words);
        free(words);
    }
    return library;
}

static void close_library(ZfLibrary *library)
{
    char *words = NULL;
    CHECK_EQUAL(zf_library_close(library, &words), ZF_OK);
    CHECK(words == NULL);
}

static void *symbol_of(ZfLibrary *library, const char *name)
{
    void *address = &address;
    char *words = NULL;
    CHECK_EQUAL(zf_library_symbol(library, name, &address, &words), ZF_OK);
    CHECK(words == NULL);
    return address;
}

/* An open that fails says why, and touches nothing but the words. */
static void check_cannot_open(const char *name, const char *part_of_words)
{
    char untouched;
    ZfLibrary *library = (ZfLibrary *)&untouched;
    char *words = NULL;
    CHECK_EQUAL(zf_library_open(name, 0, &library, &words), ZF_LOADER_ERROR);
    CHECK((char *)library == &untouched);
    CHECK(words != NULL && strstr(words, part_of_words) != NULL);
    free(words);
}

static void check_no_symbol(ZfLibrary *library, const char *name)
{
    char untouched;
    void *address = &untouched;
    char *words = NULL;
    CHECK_EQUAL(zf_library_symbol(library, name, &address, &words), ZF_LOADER_ERROR);
    CHECK(address == &untouched);
    CHECK(words != NULL && strstr(words, name) != NULL);
    free(words);
}

static void test_names(void)
{
    static const char *const names[] = {"m", "libm.so.6", "c", "libc.so.6"};
    for (size_t i = 0; i < LENGTH(names); i++) {
        ZfLibrary *library = open_library(names[i], 0);
        CHECK(symbol_of(library, i < 2 ? "cos" : "strlen") != NULL);
        CHECK(strstr(zf_library_path(library), i < 2 ? "libm" : "libc") != NULL);
        close_library(library);
    }
    check_cannot_open("no-such-library", "no-such-library");
    check_cannot_open("", "an empty name");
    check_cannot_open("libno-such-library.so.6", "libno-such-library.so.6");
    check_cannot_open("/no/such/path.so", "/no/such/path.so");
    char long_name[600];
    memset(long_name, 'x', sizeof long_name - 1);
    long_name[sizeof long_name - 1] = '\0';
    check_cannot_open(long_name, "xxxx");
}

/* LD_LIBRARY_PATH holds versions 1, 2 and 10 of libzffi-versions.so, and a broken
 * libzffi-broken.so.1. */
static void test_bare_names_and_versions(void)
{
    ZfLibrary *library = open_library("zffi-versions", 0);
    CHECK(strstr(zf_library_path(library), "libzffi-versions.so.10") != NULL);
    close_library(library);
    check_cannot_open(
        "zffi-broken",
        "libzffi-broken.so.1"); /* what is wrong with the file, not that it is missing */
}

static void test_process(void)
{
    ZfLibrary *process = open_library(NULL, 0);
    CHECK(symbol_of(process, "strlen") == (void *)strlen);
    CHECK_TEXT(zf_library_path(process), "");
    check_no_symbol(process, "fixture_function");
    close_library(process);
}

static void test_symbols(void)
{
    ZfLibrary *library = open_library(options.fixture, 0);
    CHECK_EQUAL(*(int *)symbol_of(library, "fixture_data"), 2718);
    CHECK_EQUAL(*(int *)symbol_of(library, "fixture_started"), 1);
    int (*function)(int) = (int (*)(int))symbol_of(library, "fixture_function");
    CHECK_EQUAL(function(40), 40 + FIXTURE_VERSION);
    CHECK(symbol_of(library, "fixture_weak") != NULL);
    CHECK(symbol_of(library, "fixture_null") == NULL);
    check_no_symbol(library, "hidden");
    check_no_symbol(library, "no_such_symbol");
    CHECK(symbol_of(library, "fixture_null") ==
          NULL); /* and not the message of the failure before */
    CHECK_TEXT(zf_library_path(library), options.fixture);
    close_library(library);
}

static void test_missing_dependencies(void)
{
    check_cannot_open(options.incomplete, "function_that_is_nowhere");
    ZfLibrary *library = open_library(options.incomplete, RTLD_LAZY);
    CHECK(symbol_of(library, "needs_it") != NULL);
    close_library(library);
}

static bool is_loaded(const char *path)
{
    void *handle = dlopen(path, RTLD_LAZY | RTLD_NOLOAD);
    if (handle != NULL) {
        dlclose(handle);
    }
    return handle != NULL;
}

static void test_closing(void)
{
    for (int round = 0; round < 3; round++) {
        ZfLibrary *library = open_library(options.fixture, 0);
        int *data = symbol_of(library, "fixture_data");
        CHECK_EQUAL(*data, 2718); /* a library that was really closed starts afresh */
        *data = round;
        ZfLibrary *again = open_library(options.fixture, 0);
        CHECK(symbol_of(again, "fixture_data") == data);
        close_library(again);
        CHECK(is_loaded(options.fixture));
        close_library(library);
        CHECK(!is_loaded(options.fixture));
    }
}

static void test_modes(void)
{
    ZfLibrary *process = open_library(NULL, 0);
    ZfLibrary *local = open_library(options.fixture, RTLD_LOCAL);
    check_no_symbol(process, "fixture_function");
    close_library(local);
    ZfLibrary *global = open_library(options.fixture, RTLD_GLOBAL);
    CHECK(symbol_of(process, "fixture_function") == symbol_of(global, "fixture_function"));
    close_library(global);
    close_library(process);
}

/* -- Symbol lists ------------------------------------------------------------------------------ */

typedef struct Seen {
    const char *wanted;
    size_t times;
    size_t count;
    size_t limit;
} Seen;

static bool look(const char *name, void *context)
{
    Seen *seen = context;
    seen->times += strcmp(name, seen->wanted) == 0;
    return ++seen->count < seen->limit;
}

static Seen look_for(ZfLibrary *library, const char *name, size_t limit)
{
    Seen seen = {.wanted = name, .limit = limit};
    zf_library_each_symbol(library, look, &seen);
    return seen;
}

static void test_symbol_list(void)
{
    static const char *const defined[] = {"fixture_data", "fixture_started", "fixture_function",
                                          "fixture_weak", "fixture_pointer", "fixture_null"};
    static const char *const undefined[] = {"hidden", "dlopen", "start", ""};
    ZfLibrary *library = open_library(options.fixture, 0);
    for (size_t i = 0; i < LENGTH(defined); i++) {
        CHECK_EQUAL(look_for(library, defined[i], SIZE_MAX).times, 1);
    }
    for (size_t i = 0; i < LENGTH(undefined); i++) {
        CHECK_EQUAL(look_for(library, undefined[i], SIZE_MAX).times, 0);
    }
    CHECK_EQUAL(look_for(library, "", 1).count, 1); /* it stops when told to */
    CHECK_EQUAL(look_for(library, "", 3).count, 3);
    close_library(library);
}

static void test_other_symbol_lists(void)
{
    ZfLibrary *empty = open_library(options.empty, 0);
    CHECK_EQUAL(look_for(empty, "unseen", SIZE_MAX).times, 0);
    close_library(empty);

    ZfLibrary *math = open_library("m", 0);
    CHECK(look_for(math, "cos", SIZE_MAX).times >= 1);
    CHECK_EQUAL(look_for(math, "strlen", SIZE_MAX).times,
                0); /* of its own symbols, not of what it needs */
    close_library(math);

    ZfLibrary *process = open_library(NULL, 0);
    CHECK(look_for(process, "strlen", SIZE_MAX).times >= 1);
    CHECK_EQUAL(look_for(process, "", 1).count, 1);
    close_library(process);
}

void test_libraries(void)
{
    test_names();
    test_bare_names_and_versions();
    test_process();
    test_symbols();
    test_missing_dependencies();
    test_closing();
    test_modes();
    test_symbol_list();
    test_other_symbol_lists();
}
