/* signature_text.c - signatures as text: the C prototype, which messages show, and the parameters
 * as Python spells them.
 */
#include "core.h"

#include <string.h>

/* "double x", "const char *s", or the type alone for a NULL name */
static PyObject *declarator(const char *type, PyObject *name)
{
    if (name == NULL) {
        return PyUnicode_FromString(type);
    }
    const char *space = type[strlen(type) - 1] == '*' ? "" : " ";
    return PyUnicode_FromFormat("%s%s%U", type, space, name);
}

static int append(PyObject **text, PyObject *part)
{
    PyUnicode_AppendAndDel(text, part);
    return *text != NULL ? 0 : -1;
}

/* A line that underlines from column `start` to column `end`. */
static PyObject *underline(Py_ssize_t start, Py_ssize_t end)
{
    PyObject *line = PyUnicode_New(end + 1, 127);
    if (line != NULL) {
        PyUnicode_Fill(line, 0, 1, '\n');
        PyUnicode_Fill(line, 1, start + 1, ' ');
        PyUnicode_Fill(line, start + 1, end + 1, '^');
    }
    return line;
}

/* Appends parameter i as C declares it. */
static int append_parameter(PyObject **text, const ZfSignature *signature, Py_ssize_t i)
{
    PyObject *name = signature->names != NULL ? PyTuple_GET_ITEM(signature->names, i) : NULL;
    return append(text, declarator(signature->plan->arguments[i].type->name, name));
}

/* "(double x, double y)"; with the columns of the argument number `marked`, or of the dots that it
 * is one of, unless it is -1. */
static PyObject *parameter_list(const ZfSignature *signature, Py_ssize_t marked, Py_ssize_t *start,
                                Py_ssize_t *end)
{
    bool is_variadic = signature->fixed != ZF_NOT_VARIADIC;
    Py_ssize_t named = is_variadic ? signature->fixed : signature->argument_count;
    Py_ssize_t count = named + is_variadic;
    PyObject *text = PyUnicode_FromString(count == 0 ? "(void" : "(");
    for (Py_ssize_t i = 0; text != NULL && i < count; i++) {
        bool is_marked = i == marked || (i == named && marked > named);
        if (i > 0 && append(&text, PyUnicode_FromString(", ")) < 0) {
            return NULL;
        }
        *start = is_marked ? PyUnicode_GET_LENGTH(text) : *start;
        int added = i < named ? append_parameter(&text, signature, i)
                              : append(&text, PyUnicode_FromString("..."));
        if (added < 0) {
            return NULL;
        }
        *end = is_marked ? PyUnicode_GET_LENGTH(text) : *end;
    }
    append(&text, PyUnicode_FromString(")"));
    return text;
}

PyObject *zf_signature_prototype(const ZfSignature *signature, PyObject *name, Py_ssize_t marked)
{
    Py_ssize_t start = 0, end = 0;
    PyObject *function = name != NULL ? Py_NewRef(name) : PyUnicode_FromString("");
    PyObject *text = function != NULL ? declarator(signature->plan->result.type->name, function)
                                      : NULL;
    Py_XDECREF(function);
    if (text == NULL) {
        return NULL;
    }
    Py_ssize_t before = PyUnicode_GET_LENGTH(text);
    if (append(&text, parameter_list(signature, marked, &start, &end)) == 0 && marked >= 0) {
        append(&text, underline(before + start, before + end));
    }
    return text;
}

/* The name with an underscore behind it, or more if another parameter is called so (new reference).
 */
static PyObject *unused_word(PyObject *names, PyObject *name)
{
    PyObject *word = PyUnicode_FromFormat("%U_", name);
    while (word != NULL && PySequence_Contains(names, word) == 1) {
        Py_SETREF(word, PyUnicode_FromFormat("%U_", word));
    }
    return word;
}

/* Parameter i as Python spells it: its name, with an underscore behind a keyword; "arg1" if it has
 * none. */
static PyObject *parameter_word(const ZfSignature *signature, Py_ssize_t i)
{
    static const char *const keywords[] = {
        "False",  "None",     "True",  "and",    "as",       "assert", "async",  "await",  "break",
        "class",  "continue", "def",   "del",    "elif",     "else",   "except", "for",    "from",
        "global", "finally",  "if",    "in",     "import",   "is",     "or",     "lambda", "pass",
        "not",    "with",     "raise", "return", "nonlocal", "while",  "yield",  "try",
    };
    if (signature->names == NULL) {
        return PyUnicode_FromFormat("arg%zd", i + 1);
    }
    PyObject *name = PyTuple_GET_ITEM(signature->names, i);
    for (size_t k = 0; k < Py_ARRAY_LENGTH(keywords); k++) {
        if (PyUnicode_CompareWithASCIIString(name, keywords[k]) == 0) {
            return unused_word(signature->names, name);
        }
    }
    return Py_NewRef(name);
}

/* "(x, y, /)\n--\n\n" */
static PyObject *parameter_words(const ZfSignature *signature)
{
    bool is_variadic = signature->fixed != ZF_NOT_VARIADIC;
    Py_ssize_t count = is_variadic ? signature->fixed : signature->argument_count;
    PyObject *text = PyUnicode_FromString("(");
    for (Py_ssize_t i = 0; text != NULL && i < count; i++) {
        if (append(&text, parameter_word(signature, i)) == 0) {
            append(&text, PyUnicode_FromString(", "));
        }
    }
    if (text == NULL) {
        return NULL;
    }
    const char *positional = count > 0 ? "/" : "";
    const char *tail = !is_variadic ? "" : count > 0 ? ", *args" : "*args";
    append(&text, PyUnicode_FromFormat("%s%s)\n--\n\n", positional, tail));
    return text;
}

int zf_signature_describe(ZfSignature *signature)
{
    Py_ssize_t unused;
    PyObject *nameless = PyUnicode_FromString("");
    PyObject *before = parameter_words(signature);
    if (before != NULL && nameless != NULL) {
        append(&before, declarator(signature->plan->result.type->name, nameless));
    }
    Py_XDECREF(nameless);
    signature->before_name = before;
    signature->behind_name = before != NULL ? parameter_list(signature, -1, &unused, &unused)
                                            : NULL;
    return signature->behind_name != NULL ? 0 : -1;
}
