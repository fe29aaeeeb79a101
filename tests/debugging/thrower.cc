// thrower.cc - a C++ exception that passes through a call from Python: catcher() calls a Python
// function by the function of CPython that it is given, that one calls thrower(), and catcher()
// catches what thrower() throws.
#include <stdexcept>
#include <string>

static int destroyed;

struct Local {
    ~Local() { destroyed++; }
};

extern "C" double thrower(double number)
{
    Local local;
    if (number < 0) {
        throw std::domain_error("negative: " + std::to_string((int)number));
    }
    return number;
}

extern "C" int catcher(void *function, void *argument, void *(*call)(void *, void *))
{
    Local local;
    try {
        call(function, argument);
    } catch (const std::domain_error &error) {
        return error.what() == std::string("negative: -3") ? destroyed : -1;
    }
    return 0;
}
