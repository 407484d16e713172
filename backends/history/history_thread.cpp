#include "backends/history/history_thread.h"

namespace spillway {
using namespace Qt::StringLiterals;

HistoryThread::HistoryThread(const HistorySettings& settings, QObject* parent)
    : QObject(parent), m_worker(new HistoryWorker(settings)) {
    m_thread.setObjectName(u"spillway-history"_s);
    m_worker->moveToThread(&m_thread);
    connect(&m_thread, &QThread::started, m_worker, &HistoryWorker::start);
    connect(&m_thread, &QThread::finished, m_worker, &QObject::deleteLater);
    connect(m_worker, &HistoryWorker::answered, this, &HistoryThread::answered);
    connect(m_worker, &HistoryWorker::seriesAnswered, this, &HistoryThread::seriesAnswered);
    connect(m_worker, &HistoryWorker::marksAnswered, this, &HistoryThread::marksAnswered);
    connect(m_worker, &HistoryWorker::extentAnswered, this, &HistoryThread::extentAnswered);
    connect(m_worker, &HistoryWorker::pastAnswered, this, &HistoryThread::pastAnswered);
    connect(m_worker, &HistoryWorker::findingRunsAnswered, this, &HistoryThread::findingRunsAnswered);
    connect(m_worker, &HistoryWorker::acknowledgementsAnswered, this,
            &HistoryThread::acknowledgementsAnswered);
    connect(m_worker, &HistoryWorker::momentAnswered, this, &HistoryThread::momentAnswered);
    connect(m_worker, &HistoryWorker::markAdded, this, &HistoryThread::markAdded);
    connect(m_worker, &HistoryWorker::questionFailed, this, &HistoryThread::questionFailed);
    connect(m_worker, &HistoryWorker::notice, this, &HistoryThread::notice);
    connect(m_worker, &HistoryWorker::recordingAgain, this, &HistoryThread::recordingAgain);
    connect(m_worker, &HistoryWorker::roleChanged, this, &HistoryThread::roleChanged);
    m_thread.start();
}

// What was posted before runs before the thread's end: the quit is posted behind it.
HistoryThread::~HistoryThread() {
    QMetaObject::invokeMethod(
        m_worker, [this] { m_thread.quit(); }, Qt::QueuedConnection);
    m_thread.wait();
}

template <typename Question>
quint64 HistoryThread::post(Question question) {
    const quint64 request = ++m_lastRequest;
    QMetaObject::invokeMethod(
        m_worker, [worker = m_worker, request, question] { question(*worker, request); },
        Qt::QueuedConnection);
    return request;
}

quint64 HistoryThread::ask(const HistoryQuery& query) {
    return post([query](HistoryWorker& worker, quint64 request) { worker.ask(request, query); });
}

quint64 HistoryThread::askSeries() {
    return post([](HistoryWorker& worker, quint64 request) { worker.askSeries(request); });
}

quint64 HistoryThread::askMarks(const HistoryMarkQuery& query) {
    return post([query](HistoryWorker& worker, quint64 request) { worker.askMarks(request, query); });
}

quint64 HistoryThread::askExtent() {
    return post([](HistoryWorker& worker, quint64 request) { worker.askExtent(request); });
}

quint64 HistoryThread::askPast(const QString& connection) {
    return post(
        [connection](HistoryWorker& worker, quint64 request) { worker.askPast(request, connection); });
}

quint64 HistoryThread::askFindingRuns(const FindingRunQuery& query) {
    return post([query](HistoryWorker& worker, quint64 request) { worker.askFindingRuns(request, query); });
}

quint64 HistoryThread::askAcknowledgements() {
    return post([](HistoryWorker& worker, quint64 request) { worker.askAcknowledgements(request); });
}

quint64 HistoryThread::acknowledge(const Acknowledgement& said) {
    return post([said](HistoryWorker& worker, quint64 request) { worker.acknowledge(request, said); });
}

quint64 HistoryThread::askMoment(ServerTime at) {
    return post([at](HistoryWorker& worker, quint64 request) { worker.askMoment(request, at); });
}

quint64 HistoryThread::addMark(const HistoryMark& mark) {
    return post([mark](HistoryWorker& worker, quint64 request) { worker.addMark(request, mark); });
}

void HistoryThread::record(const ReadingPtr& reading) {
    QMetaObject::invokeMethod(
        m_worker, [worker = m_worker, reading] { worker->record(reading); }, Qt::QueuedConnection);
}

}  // namespace spillway
