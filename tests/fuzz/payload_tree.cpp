// Any bytes as the payload of a job: a bounded tree or bounded text.
#include "widgets/models/payload_view.h"

#include "tests/fuzz/fuzz.h"

namespace {

int fieldsOf(const spillway::PayloadField& field) {
    int fields = 1;
    spillway::fuzz::require(field.value.size() <= 2 * spillway::kLongestPayloadValue);
    for (const auto& child : field.children) fields += fieldsOf(child);
    return fields;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    using namespace spillway;
    const QByteArray payload = fuzz::viewOf(data, size).toByteArray();
    for (const bool reveal : {false, true}) {
        const PayloadView view = payloadView(payload, size % 2 == 0, reveal);
        fuzz::require(fieldsOf(view.root) <= kMostPayloadFields + 2);
        fuzz::require((view.form == PayloadView::Form::none) == payload.isEmpty());
    }
    return 0;
}
