// Any bytes as the description of a jobs table: understood, or refused with a sentence.
#include "backends/postgres/mapped/table_mapping.h"
#include "tests/fuzz/scratch_folder.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    using namespace spillway;
    static const fuzz::ScratchFolder folder;
    const QString file = folder.written(QStringLiteral("jobs.toml"), fuzz::viewOf(data, size));
    const auto mapping = readTableMapping(file);
    fuzz::require(mapping.ok() ? !mapping->table.isEmpty() : !mapping.failure().sentence().isEmpty());
    return 0;
}
