// Any bytes as a recorded poll, packed and with a checksum that is right.
#include <QtEndian>

#include "backends/history/byte_stream.h"
#include "backends/history/poll_codec.h"
#include "tests/fuzz/fuzz.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    using namespace spillway;
    const QByteArray head = history::encodePoll({}).left(sizeof(quint32) + 1);  // checksum and layout
    const QByteArray packed = qCompress(fuzz::viewOf(data, size).toByteArray(), 1);
    QByteArray bytes = head;
    qToLittleEndian(history::checksum(packed), bytes.data());
    const auto poll = history::decodePoll({}, bytes + packed);
    if (!poll) return 0;
    const auto again = history::decodePoll({}, history::encodePoll(*poll));
    fuzz::require(again && again->queues.size() == poll->queues.size());
    return 0;
}
