#include "backends/redis/shared/sorted_slices.h"

namespace spillway {
namespace {
constexpr qint64 kSampleSlices = 10;
}

std::vector<RedisCommand> wholeOrSlices(const QByteArray& key, qint64 size, qint64 most) {
    const bool whole = size <= most;
    const qint64 length = whole ? most : most / kSampleSlices;
    std::vector<RedisCommand> commands;
    for (qint64 slice = 0; slice < (whole ? 1 : kSampleSlices); ++slice) {
        const qint64 from = slice * (size - length) / (kSampleSlices - 1);
        commands.push_back(
            {"ZRANGE", key, QByteArray::number(from), QByteArray::number(from + length - 1), "WITHSCORES"});
    }
    return commands;
}

}  // namespace spillway
