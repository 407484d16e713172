// Any bytes as a Redis server's answers: bounded, and the same however the network cuts them.
#include "backends/redis/wire/codec.h"
#include "tests/fuzz/fuzz.h"

namespace {

using spillway::RedisReplyReader;

constexpr spillway::RedisReplyLimits kSmall{1 << 16, 1 << 18, 1000};

struct Read {
    qint64 replies = 0;
    RedisReplyReader::Problem problem = RedisReplyReader::Problem::none;
    bool operator==(const Read&) const = default;
};

Read read(QByteArrayView bytes, qsizetype piece) {
    Read read;
    RedisReplyReader reader(kSmall);
    for (qsizetype at = 0; at < bytes.size(); at += piece) {
        const bool fed = reader.feed(bytes.sliced(at, std::min(piece, bytes.size() - at)));
        while (fed && reader.next()) ++read.replies;
        read.problem = reader.problem();
        if (!fed || read.problem != RedisReplyReader::Problem::none) break;
    }
    return read;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    using namespace spillway;
    const auto bytes = fuzz::viewOf(data, size);
    if (bytes.isEmpty()) return 0;
    // Where no limit is hit, pieces change nothing; a limit may be seen earlier or later.
    const Read whole = read(bytes, bytes.size());
    const Read pieces = read(bytes, std::max<qsizetype>(1, bytes.size() / 7));
    if (whole.problem != RedisReplyReader::Problem::too_large &&
        pieces.problem != RedisReplyReader::Problem::too_large)
        fuzz::require(whole == pieces);
    return 0;
}
