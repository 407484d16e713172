// Any bytes as the definition of a queue system.
#include "backends/postgres/engine/question_plan.h"
#include "tests/fuzz/scratch_folder.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    using namespace spillway;
    static const fuzz::ScratchFolder folder;
    (void)folder.written(QStringLiteral("counts.sql"), "SELECT 1");
    (void)folder.written(QStringLiteral("system.toml"), fuzz::viewOf(data, size));
    const auto definition = loadSystemDefinition(folder.path());
    if (definition)
        fuzz::require(!capabilitiesAtBest(*definition).list().empty());
    else
        fuzz::require(!definition.failure().sentence().isEmpty());
    return 0;
}
