// exceptions.cc - C++ exceptions pass through code that was made at run time.
#include <cstdio>
#include <cstring>
#include <stdexcept>
#include <string>

extern "C" {
typedef void Through(void (*function)(void *), void *argument);
Through *make_through(void);
}

namespace {

int destroyed;

struct Local {
    ~Local() { destroyed++; }
};

struct Link {
    Through *through;
    Link *next;
};

void throw_at_the_end(void *argument)
{
    Local local;
    Link *link = static_cast<Link *>(argument);
    if (link == nullptr) {
        throw std::runtime_error("from the end");
    }
    link->through(throw_at_the_end, link->next);
}

std::string caught_by(Link *link)
{
    try {
        throw_at_the_end(link);
    } catch (const std::runtime_error &error) {
        return error.what();
    }
    return "nothing";
}

} // namespace

int main()
{
    Link second = {make_through(), nullptr}, first = {make_through(), &second};
    for (int i = 1; i <= 1000; i++) {
        if (caught_by(&first) != "from the end" || destroyed != 3 * i) {
            std::fprintf(stderr, "round %d: %d objects were destroyed\n", i, destroyed);
            return 1;
        }
    }
    return 0;
}
