// Any bytes as a piece of the history. Their checksum is put right, so that the rest is looked at.
#include <QtEndian>

#include "backends/history/byte_stream.h"
#include "backends/history/chunk_codec.h"
#include "tests/fuzz/fuzz.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    using namespace spillway;
    const auto body = fuzz::viewOf(data, size);
    QByteArray bytes(sizeof(quint32), '\0');
    qToLittleEndian(history::checksum(body), bytes.data());
    bytes.append(body);
    const auto chunk = history::decodeChunk(bytes);
    if (!chunk) return 0;
    // What was understood is written and understood again as the same; as bytes, because of NaN.
    const QByteArray again = history::encodeChunk(*chunk);
    const auto back = history::decodeChunk(again);
    fuzz::require(back.has_value() && history::encodeChunk(*back) == again);
    return 0;
}
