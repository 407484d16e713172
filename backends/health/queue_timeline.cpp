#include "backends/health/queue_timeline.h"

namespace spillway {
using namespace Qt::StringLiterals;
namespace {

// Of a QueueReading or a SampledReading, in one order.
template <typename R>
auto allCounts(R& r) {
    return std::array{&r.ready,
                      &r.scheduled,
                      &r.blocked,
                      &r.retrying,
                      &r.running,
                      &r.dead,
                      &r.flow.enqueued,
                      &r.flow.executed,
                      &r.flow.first_executed,
                      &r.flow.retried,
                      &r.flow.completed,
                      &r.flow.died,
                      &r.flow.failed_for_good,
                      &r.claims.claims,
                      &r.claims.duplicates};
}

// Small numbers of either sign in few bytes: seven bits in each, the lowest first.
void appendNumber(QByteArray& bytes, qint64 number) {
    auto rest = (static_cast<quint64>(number) << 1) ^ static_cast<quint64>(number >> 63);
    for (; rest >= 0x80; rest >>= 7) bytes += static_cast<char>(rest | 0x80);
    bytes += static_cast<char>(rest);
}

qint64 takeNumber(const QByteArray& bytes, qsizetype& at) {
    quint64 number = 0;
    for (int shift = 0;; shift += 7) {
        const auto byte = static_cast<quint8>(bytes[at++]);
        number |= static_cast<quint64>(byte & 0x7f) << shift;
        if (byte < 0x80) break;
    }
    return static_cast<qint64>(number >> 1) ^ -static_cast<qint64>(number & 1);
}

// Wraps around rather than overflows.
qint64 plus(qint64 a, qint64 b) {
    return static_cast<qint64>(static_cast<quint64>(a) + static_cast<quint64>(b));
}

qint64 minus(qint64 a, qint64 b) {
    return static_cast<qint64>(static_cast<quint64>(a) - static_cast<quint64>(b));
}

// An estimate that falls proves nothing; the count that falls or the oldest one that went does.
bool deadWereTouched(const QueueReading& before, const QueueReading& after) {
    if (before.dead.isExact() && after.dead.isExact() && *after.dead.value < *before.dead.value) return true;
    return before.oldest_dead_at.isExact() && after.oldest_dead_at.isExact() &&
           *before.oldest_dead_at.value < *after.oldest_dead_at.value;
}

}  // namespace

std::array<Count*, kSampledCounts> countsOf(SampledReading& reading) {
    return allCounts(reading);
}

SampledReading sampled(const QueueReading& reading) {
    SampledReading numbers;
    const auto to = allCounts(numbers);
    const auto from = allCounts(reading);
    for (std::size_t i = 0; i < kSampledCounts; ++i) *to[i] = {from[i]->value, from[i]->provenance, {}};
    return numbers;
}

bool hasNewRun(const std::vector<const QueueSample*>& window) {
    // The first of them has nothing before it in the window.
    return window.size() > 1 && std::any_of(window.begin() + 1, window.end(),
                                            [](const QueueSample* sample) { return sample->of_new_run; });
}

QString continuedMethod() {
    return u"goes on from the recorded history; a few seconds in between were not counted"_s;
}

void QueueTimeline::startAnew(ServerTime at) {
    m_moments.clear();
    m_steps.clear();
    m_begin = 0;
    m_watchedSince = at;
    m_deadTouchedAt.reset();
}

void QueueTimeline::add(ServerTime at, QueueReading reading, qint64 putBack, qint64 ownExecutions,
                        bool ofNewRun) {
    const double since = m_moments.empty() ? 0 : secondsBetween(m_moments.back().at, at);
    if (since <= 0 || since > m_maxGap)
        startAnew(at);
    else
        noteDead(at, reading);
    pack(at, reading, {.put_back = putBack, .own_executions = ownExecutions, .of_new_run = ofNewRun});
    m_newest = std::move(reading);
    while (m_moments.size() > 2 && secondsBetween(m_moments[1].at, at) > m_span) dropOldest();
}

void QueueTimeline::addRecorded(const QueueSample& sample) {
    QueueReading reading;
    const auto to = allCounts(reading);
    const auto from = allCounts(sample.reading);
    for (std::size_t i = 0; i < kCounts; ++i) *to[i] = *from[i];
    add(sample.at, std::move(reading), sample.put_back, sample.own_executions, sample.of_new_run);
}

// What happened to the dead while their number was out of sight is not known.
void QueueTimeline::noteDead(ServerTime at, const QueueReading& reading) {
    if (!m_newest.dead.known() || !reading.dead.known()) {
        m_deadTouchedAt.reset();
        m_watchedSince = at;
    } else if (deadWereTouched(m_newest, reading)) {
        m_deadTouchedAt = at;
    }
}

void QueueTimeline::pack(ServerTime at, const QueueReading& reading, Form form) {
    const auto counts = allCounts(reading);
    Numbers numbers = m_moments.empty() ? Numbers{} : m_last;  // what is unknown stays, at no cost
    for (std::size_t i = 0; i < kCounts; ++i) {
        form.known[i] = counts[i]->known();
        form.provenance[i] = counts[i]->provenance;
        form.method[i] = counts[i]->method;
        if (form.known[i]) numbers[i] = *counts[i]->value;
    }
    if (m_moments.empty())
        m_first = numbers;
    else
        appendStep(numbers);
    m_last = numbers;
    const bool same = !m_moments.empty() && *m_moments.back().form == form;
    m_moments.push_back({at, same ? m_moments.back().form : std::make_shared<const Form>(std::move(form))});
}

// A bit for each number that changed, then the changes.
void QueueTimeline::appendStep(const Numbers& numbers) {
    qint64 changed = 0;
    for (std::size_t i = 0; i < kCounts; ++i)
        if (numbers[i] != m_last[i]) changed |= qint64{1} << i;
    appendNumber(m_steps, changed);
    for (std::size_t i = 0; i < kCounts; ++i)
        if (numbers[i] != m_last[i]) appendNumber(m_steps, minus(numbers[i], m_last[i]));
}

void QueueTimeline::takeStep(qsizetype& at, Numbers& numbers) const {
    const qint64 changed = takeNumber(m_steps, at);
    for (std::size_t i = 0; i < kCounts; ++i)
        if (changed & qint64{1} << i) numbers[i] = plus(numbers[i], takeNumber(m_steps, at));
}

void QueueTimeline::dropOldest() {
    takeStep(m_begin, m_first);
    m_moments.pop_front();
    if (m_begin < m_steps.size() / 2) return;
    m_steps.remove(0, m_begin);
    m_begin = 0;
}

void QueueTimeline::unpack(double seconds, QueueWindow& window) const {
    window.m_chosen.clear();
    if (m_moments.empty()) return;
    window.m_unpacked.resize(m_moments.size());
    Numbers numbers = m_first;
    qsizetype at = m_begin;
    for (std::size_t i = 0; i < m_moments.size(); ++i) {
        QueueSample& sample = window.m_unpacked[i];
        const Form& form = *m_moments[i].form;
        sample.at = m_moments[i].at;
        sample.put_back = form.put_back;
        sample.own_executions = form.own_executions;
        sample.of_new_run = form.of_new_run;
        if (i > 0) takeStep(at, numbers);
        const auto counts = allCounts(sample.reading);
        for (std::size_t c = 0; c < kCounts; ++c)
            *counts[c] = {form.known[c] ? std::optional(numbers[c]) : std::nullopt, form.provenance[c],
                          form.method[c]};
    }
    window.m_unpacked.back().reading.max_attempts_mean = m_newest.max_attempts_mean;
    auto first = window.m_unpacked.cend() - 1;
    while (first != window.m_unpacked.cbegin() && secondsBetween(first->at, newestAt()) < seconds) --first;
    for (; first != window.m_unpacked.cend(); ++first) window.m_chosen.push_back(&*first);
}

QueueWindow QueueTimeline::window(double seconds) const {
    QueueWindow window;
    unpack(seconds, window);
    return window;
}

std::size_t QueueTimeline::bytes() const {
    std::size_t forms = 0;
    for (std::size_t i = 0; i < m_moments.size(); ++i)
        forms += i == 0 || m_moments[i].form != m_moments[i - 1].form ? sizeof(Form) : 0;
    return sizeof *this + m_moments.size() * sizeof(Moment) + static_cast<std::size_t>(m_steps.capacity()) +
           forms;
}

}  // namespace spillway
