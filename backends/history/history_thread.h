// A thread with one HistoryWorker in it. Lives in the caller's thread; its signals arrive there.
// Questions return their number at once; a caller that has moved on ignores answers to old numbers.
#pragma once

#include <QObject>
#include <QThread>

#include "backends/history/history_worker.h"

namespace spillway {

class HistoryThread : public QObject {
    Q_OBJECT
public:
    explicit HistoryThread(const HistorySettings& settings = {}, QObject* parent = nullptr);
    ~HistoryThread() override;  // waits until everything recorded is in the file

    quint64 ask(const HistoryQuery& query);
    quint64 askSeries();
    quint64 askMarks(const HistoryMarkQuery& query);
    quint64 askExtent();
    quint64 askPast(const QString& connection);
    quint64 askFindingRuns(const FindingRunQuery& query);
    quint64 askAcknowledgements();
    quint64 acknowledge(const Acknowledgement& said);
    quint64 askMoment(ServerTime at);
    quint64 addMark(const HistoryMark& mark);

public slots:
    void record(const spillway::ReadingPtr& reading);  // fits BackendThread::polled

signals:
    void answered(quint64 request, const spillway::HistoryAnswer& answer);
    void seriesAnswered(quint64 request, const std::vector<spillway::HistorySeries>& series);
    void marksAnswered(quint64 request, const std::vector<spillway::HistoryMark>& marks);
    void extentAnswered(quint64 request, const spillway::HistoryExtent& extent);
    void pastAnswered(quint64 request, const QString& connection, const spillway::RecordedPast& past);
    void findingRunsAnswered(quint64 request, const std::vector<spillway::FindingRun>& runs);
    void acknowledgementsAnswered(quint64 request, const spillway::Acknowledgements& said);
    void momentAnswered(quint64 request, const std::vector<spillway::ReadingPtr>& readings);
    void markAdded(quint64 request, const spillway::HistoryMark& mark);
    void questionFailed(quint64 request, const spillway::Failure& failure);
    void notice(const spillway::Failure& failure);
    void recordingAgain();
    void roleChanged(spillway::HistoryRole role);

private:
    template <typename Question>
    quint64 post(Question question);

    QThread m_thread;
    HistoryWorker* m_worker;  // lives in m_thread, deleted there when it finishes
    quint64 m_lastRequest = 0;
};

}  // namespace spillway
