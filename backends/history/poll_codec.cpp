#include "backends/history/poll_codec.h"

#include <QtEndian>
#include <algorithm>
#include <cmath>

#include "backends/history/byte_stream.h"

namespace spillway::history {
namespace {

constexpr quint8 kPollLayout = 1;
constexpr qsizetype kPollHead = 5;  // checksum and layout
constexpr quint64 kMostQueues = 100'000;
constexpr int kLongestRecordedName = 10'000;
constexpr std::size_t kMemory = 7;
constexpr std::size_t kNumbers = 2 + kSampledCounts + kMemory;

void writeName(ByteWriter& out, const QString& name) {
    const QByteArray utf8 = name.left(kLongestRecordedName / 4).toUtf8();
    out.number(static_cast<quint64>(utf8.size()));
    out.bytes(utf8);
}

QString readName(ByteReader& in) {
    const quint64 length = in.number();
    if (length > kLongestRecordedName) in.fail();
    return in.failed() ? QString() : QString::fromUtf8(in.bytes(length));
}

qint64 millisOrZero(const std::optional<ServerTime>& at) {
    return at ? millisSinceEpoch(*at) : 0;
}

std::optional<ServerTime> timeOrNone(qint64 ms) {
    return ms == 0 ? std::nullopt : std::optional(serverTimeFromMillis(ms));
}

// Which counts are known, how, the counts, and the memory.
std::vector<qint64> numbersOf(RecordedQueue queue) {
    qint64 known = 0, provenance = 0;
    std::vector<qint64> numbers(2);
    const auto counts = countsOf(queue.reading);
    for (std::size_t i = 0; i < kSampledCounts; ++i) {
        known |= qint64{counts[i]->known()} << i;
        provenance |= static_cast<qint64>(counts[i]->provenance) << 2 * i;
        numbers.push_back(counts[i]->valueOr(0));
    }
    numbers[0] = known;
    numbers[1] = provenance;
    const QueueMemory& memory = queue.memory;
    for (const qint64 number : {memory.put_back, memory.own_executions, memory.own_waiting,
                                memory.sampled_duplicates, std::llround(memory.usual_lull_s * 1000),
                                std::llround(memory.lull_s * 1000), millisOrZero(queue.claims_since)})
        numbers.push_back(number);
    return numbers;
}

void takeNumbers(const std::vector<qint64>& numbers, RecordedQueue& queue) {
    const auto counts = countsOf(queue.reading);
    for (std::size_t i = 0; i < kSampledCounts; ++i) {
        counts[i]->provenance = static_cast<Provenance>(numbers[1] >> 2 * i & 3);
        if (numbers[0] >> i & 1) counts[i]->value = numbers[2 + i];
    }
    const qint64* const memory = &numbers[2 + kSampledCounts];
    queue.memory = {memory[0],
                    memory[1],
                    memory[2],
                    memory[3],
                    static_cast<double>(memory[4]) / 1000,
                    static_cast<double>(memory[5]) / 1000};
    queue.claims_since = timeOrNone(memory[6]);
}

void writeCondition(ByteWriter& out, const RecordedCondition& recorded) {
    const Condition& condition = recorded.condition;
    for (const QString& text : {recorded.system, conditionName(condition.kind), condition.queue,
                                condition.subject, condition.evidence, condition.action})
        writeName(out, text);
    out.numbers({condition.count.known(), static_cast<qint64>(condition.count.provenance),
                 condition.count.valueOr(0), millisOrZero(condition.since), millisOrZero(condition.last)});
}

// A kind that this program does not know is left out.
void readCondition(ByteReader& in, std::vector<RecordedCondition>& into) {
    RecordedCondition recorded;
    Condition& condition = recorded.condition;
    recorded.system = readName(in);
    const auto kind = conditionFromName(readName(in));
    for (QString* const text : {&condition.queue, &condition.subject, &condition.evidence, &condition.action})
        *text = readName(in);
    const auto numbers = in.numbers(5);
    if (in.failed() || !kind || numbers.size() != 5) return;
    condition.kind = *kind;
    condition.count.provenance = static_cast<Provenance>(numbers[1] & 3);
    if (numbers[0] != 0) condition.count.value = numbers[2];
    condition.since = timeOrNone(numbers[3]);
    condition.last = timeOrNone(numbers[4]);
    into.push_back(std::move(recorded));
}

}  // namespace

QByteArray encodePoll(const RecordedPoll& poll) {
    ByteWriter out;
    out.number(poll.run);
    out.number(poll.queues.size());
    for (const RecordedQueue& queue : poll.queues) {
        writeName(out, queue.system);
        writeName(out, queue.queue);
        out.numbers(numbersOf(queue));
    }
    out.number(poll.happened.size());
    for (const RecordedCondition& condition : poll.happened) writeCondition(out, condition);
    const QByteArray packed = qCompress(out.taken(), 1);
    QByteArray bytes(kPollHead, kPollLayout);
    qToLittleEndian(checksum(packed), bytes.data());
    return bytes + packed;
}

std::optional<RecordedPoll> decodePoll(ServerTime at, const QByteArray& bytes) {
    if (bytes.size() <= kPollHead || bytes[kPollHead - 1] != kPollLayout) return std::nullopt;
    const QByteArray packed = bytes.mid(kPollHead);
    if (qFromLittleEndian<quint32>(bytes.constData()) != checksum(packed)) return std::nullopt;
    const QByteArray plain = qUncompress(packed);
    ByteReader in(plain);
    RecordedPoll poll{at, static_cast<quint32>(in.number()), {}, {}};
    const quint64 queues = in.number();
    if (queues > kMostQueues) return std::nullopt;
    for (quint64 i = 0; i < queues && !in.failed(); ++i) {
        RecordedQueue& queue = poll.queues.emplace_back();
        queue.system = readName(in);
        queue.queue = readName(in);
        const auto numbers = in.numbers(kNumbers);
        if (!in.failed() && numbers.size() == kNumbers) takeNumbers(numbers, queue);
    }
    const quint64 conditions = in.number();
    for (quint64 i = 0; i < std::min(conditions, kMostQueues) && !in.failed(); ++i)
        readCondition(in, poll.happened);
    return in.failed() ? std::nullopt : std::optional(std::move(poll));
}

}  // namespace spillway::history
