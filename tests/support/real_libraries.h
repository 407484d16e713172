// Tests that need a real queue library say so here.
#pragma once

#include <QtGlobal>

namespace spillway {

// $SPILLWAY_REQUIRE_REAL is set: a missing library is a failed test, not a skipped one.
inline bool realLibrariesRequired() {
    return qEnvironmentVariableIsSet("SPILLWAY_REQUIRE_REAL");
}

}  // namespace spillway

// For the start of a test, or initTestCase(), that needs a library; `why`: a C string.
#define SKIP_UNLESS(there, why)                                \
    do {                                                       \
        if (!(there)) {                                        \
            if (spillway::realLibrariesRequired()) QFAIL(why); \
            QSKIP(why);                                        \
        }                                                      \
    } while (false)
