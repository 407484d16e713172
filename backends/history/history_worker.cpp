#include "backends/history/history_worker.h"

#include "backends/history/past_reading.h"
#include "backends/history/reading_metrics.h"

namespace spillway {
using namespace Qt::StringLiterals;

HistoryWorker::HistoryWorker(HistorySettings settings, QObject* parent)
    : QObject(parent), m_settings(std::move(settings)), m_flush(this), m_maintain(this) {
    if (m_settings.path.isEmpty()) m_settings.path = defaultHistoryPath();
    m_flush.setSingleShot(true);
    m_maintain.setSingleShot(true);
    m_flush.setTimerType(Qt::PreciseTimer);
    connect(&m_flush, &QTimer::timeout, this, &HistoryWorker::flush);
    connect(&m_maintain, &QTimer::timeout, this, &HistoryWorker::maintain);
}

HistoryWorker::~HistoryWorker() = default;

void HistoryWorker::start() {
    open();
    m_maintain.start(m_settings.retry_every);
}

void HistoryWorker::open() {
    auto opened = HistoryStore::open(m_settings, m_clock);
    if (!opened) return tell(opened.failure());
    m_store = std::move(opened).value();
    m_settings.make_folder = false;  // whoever removes it while we look wants it gone
    for (const Failure& said : m_store->takeNotices()) emit notice(said);
    if (m_trouble) emit recordingAgain();
    m_trouble.reset();
    emit roleChanged(m_store->role());
}

void HistoryWorker::record(const ReadingPtr& reading) {
    if (reading) recordBatch(historyBatch(*reading));
}

void HistoryWorker::recordBatch(const HistoryBatch& batch) {
    if (!m_store || m_store->role() != HistoryRole::writer) return;
    m_store->record(batch);
    if (m_flush.isActive()) return;
    const auto usual = m_trouble ? m_settings.retry_every : m_settings.flush_every;
    // The first at once, so that a short run leaves something, too.
    m_flush.start(std::exchange(m_anyFlushed, true) ? usual : std::chrono::milliseconds{0});
}

void HistoryWorker::flush() {
    if (m_store) judge(m_store->flush());
}

void HistoryWorker::maintain() {
    if (!m_store)
        open();
    else if (m_store->role() == HistoryRole::second && !m_settings.only_read)
        takeOver();
    else
        judge(m_store->maintain());
    m_maintain.start(m_settings.retry_every);
}

void HistoryWorker::takeOver() {
    auto opened = HistoryStore::open(m_settings, m_clock);
    if (!opened) {  // locked for a moment: nothing to tell
        if (opened.failure().kind == FailureKind::unreachable) tell(opened.failure());
        return;
    }
    if (m_trouble) emit recordingAgain();
    m_trouble.reset();
    if (opened.value()->role() == HistoryRole::second) return;
    m_store = std::move(opened).value();
    for (const Failure& said : m_store->takeNotices()) emit notice(said);
    emit roleChanged(m_store->role());
}

// A damaged file is moved aside by opening it anew; a full disk or a busy file is tried again later.
void HistoryWorker::judge(const Outcome<Done>& written) {
    for (const Failure& said : m_store->takeNotices()) emit notice(said);
    if (written) {
        if (m_trouble) emit recordingAgain();
        m_trouble.reset();
        return;
    }
    tell(written.failure());
    if (written.failure().kind != FailureKind::protocol) {
        m_flush.start(m_settings.retry_every);
        return;
    }
    m_store.reset();
    open();
}

void HistoryWorker::tell(const Failure& failure) {
    const bool again = m_trouble && m_trouble->kind == failure.kind;
    m_trouble = failure;
    if (!again) emit notice(failure);
}

template <typename Question, typename Tell>
void HistoryWorker::reply(quint64 request, Question question, Tell tellAnswer) {
    if (!m_store) {
        emit questionFailed(request, m_trouble.value_or(Failure{
                                         FailureKind::starting, u"The history is not open yet."_s, {}, {}}));
        return;
    }
    const auto answer = question(*m_store);
    if (answer)
        tellAnswer(*answer);
    else
        emit questionFailed(request, answer.failure());
}

void HistoryWorker::ask(quint64 request, const HistoryQuery& query) {
    reply(
        request, [&](HistoryStore& store) { return store.answer(query); },
        [&](const auto& answer) { emit answered(request, answer); });
}

void HistoryWorker::askSeries(quint64 request) {
    reply(
        request, [](HistoryStore& store) { return store.series(); },
        [&](const auto& series) { emit seriesAnswered(request, series); });
}

void HistoryWorker::askMarks(quint64 request, const HistoryMarkQuery& query) {
    reply(
        request, [&](HistoryStore& store) { return store.marks(query); },
        [&](const auto& marks) { emit marksAnswered(request, marks); });
}

void HistoryWorker::askExtent(quint64 request) {
    reply(
        request, [](HistoryStore& store) { return store.extent(); },
        [&](const auto& extent) { emit extentAnswered(request, extent); });
}

void HistoryWorker::askPast(quint64 request, const QString& connection) {
    reply(
        request, [&](HistoryStore& store) { return store.past(connection); },
        [&](const auto& past) { emit pastAnswered(request, connection, past); });
}

void HistoryWorker::askFindingRuns(quint64 request, const FindingRunQuery& query) {
    reply(
        request, [&](HistoryStore& store) { return store.findingRuns(query); },
        [&](const auto& runs) { emit findingRunsAnswered(request, runs); });
}

void HistoryWorker::askAcknowledgements(quint64 request) {
    reply(
        request, [](HistoryStore& store) { return store.acknowledgements(); },
        [&](const auto& said) { emit acknowledgementsAnswered(request, said); });
}

void HistoryWorker::acknowledge(quint64 request, const Acknowledgement& said) {
    reply(
        request,
        [&](HistoryStore& store) -> Outcome<Acknowledgements> {
            if (auto written = store.acknowledge(said); !written) return written.failure();
            return store.acknowledgements();
        },
        [&](const auto& all) { emit acknowledgementsAnswered(request, all); });
}

void HistoryWorker::askMoment(quint64 request, ServerTime at) {
    reply(
        request, [&](HistoryStore& store) { return readingsAt(store, at); },
        [&](const auto& readings) { emit momentAnswered(request, readings); });
}

void HistoryWorker::addMark(quint64 request, const HistoryMark& mark) {
    reply(
        request, [&](HistoryStore& store) { return store.addMark(mark); },
        [&](const auto& added) { emit markAdded(request, added); });
}

}  // namespace spillway
