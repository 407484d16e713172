// Any text as the error of a job: one line, bounded.
#include "backends/health/error_signature.h"

#include "tests/fuzz/fuzz.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    using namespace spillway;
    const QString signature = errorSignature(QString::fromUtf8(fuzz::viewOf(data, size)));
    fuzz::require(signature.size() <= 200 && !signature.contains(u'\n'));
    return 0;
}
