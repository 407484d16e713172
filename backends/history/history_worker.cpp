#include "backends/history/history_worker.h"

#include "backends/history/reading_metrics.h"

namespace spillway {
using namespace Qt::StringLiterals;

HistoryWorker::HistoryWorker(HistorySettings settings, QObject* parent)
    : QObject(parent), m_settings(std::move(settings)), m_flush(this), m_maintain(this) {
    if (m_settings.path.isEmpty()) m_settings.path = defaultHistoryPath();
    m_flush.setSingleShot(true);
    m_maintain.setSingleShot(true);
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
    if (!m_flush.isActive()) m_flush.start(m_trouble ? m_settings.retry_every : m_settings.flush_every);
}

void HistoryWorker::flush() {
    if (m_store) judge(m_store->flush());
}

void HistoryWorker::maintain() {
    if (!m_store)
        open();
    else if (m_store->role() == HistoryRole::second)
        takeOver();
    else
        judge(m_store->maintain());
    m_maintain.start(m_settings.retry_every);
}

void HistoryWorker::takeOver() {
    auto opened = HistoryStore::open(m_settings, m_clock);
    if (!opened || opened.value()->role() == HistoryRole::second) return;
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

bool HistoryWorker::ready(quint64 request) {
    if (m_store) return true;
    emit questionFailed(request, m_trouble.value_or(Failure{
                                     FailureKind::starting, u"The history is not open yet."_s, {}, {}}));
    return false;
}

void HistoryWorker::ask(quint64 request, const HistoryQuery& query) {
    if (!ready(request)) return;
    const auto answer = m_store->answer(query);
    if (answer)
        emit answered(request, *answer);
    else
        emit questionFailed(request, answer.failure());
}

void HistoryWorker::askSeries(quint64 request) {
    if (!ready(request)) return;
    const auto series = m_store->series();
    if (series)
        emit seriesAnswered(request, *series);
    else
        emit questionFailed(request, series.failure());
}

void HistoryWorker::askMarks(quint64 request, const HistoryMarkQuery& query) {
    if (!ready(request)) return;
    const auto marks = m_store->marks(query);
    if (marks)
        emit marksAnswered(request, *marks);
    else
        emit questionFailed(request, marks.failure());
}

void HistoryWorker::askExtent(quint64 request) {
    if (!ready(request)) return;
    const auto extent = m_store->extent();
    if (extent)
        emit extentAnswered(request, *extent);
    else
        emit questionFailed(request, extent.failure());
}

void HistoryWorker::askFindings(quint64 request, const QString& connection) {
    if (!ready(request)) return;
    const auto spans = m_store->findings(connection);
    if (spans)
        emit findingsAnswered(request, connection, *spans);
    else
        emit questionFailed(request, spans.failure());
}

void HistoryWorker::addMark(quint64 request, const HistoryMark& mark) {
    if (!ready(request)) return;
    const auto added = m_store->addMark(mark);
    if (added)
        emit markAdded(request, *added);
    else
        emit questionFailed(request, added.failure());
}

}  // namespace spillway
