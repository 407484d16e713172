// The history on its own thread: records polls, answers questions by number, keeps trying after
// trouble. All slots and signals belong to the thread that the worker lives in.
#pragma once

#include <QObject>
#include <QTimer>

#include "backends/health/health_report.h"
#include "backends/history/history_store.h"

namespace spillway {

class HistoryWorker : public QObject {
    Q_OBJECT
public:
    explicit HistoryWorker(HistorySettings settings, QObject* parent = nullptr);
    ~HistoryWorker() override;  // flushes; in the worker's thread

public slots:
    void start();  // opens the file; a failure is a notice and tried again
    void record(const spillway::ReadingPtr& reading);
    void recordBatch(const spillway::HistoryBatch& batch);
    // Each question has exactly one answer, its signal or questionFailed().
    void ask(quint64 request, const spillway::HistoryQuery& query);
    void askSeries(quint64 request);
    void askMarks(quint64 request, const spillway::HistoryMarkQuery& query);
    void askExtent(quint64 request);
    void askPast(quint64 request, const QString& connection);
    void askFindingRuns(quint64 request, const spillway::FindingRunQuery& query);
    void askAcknowledgements(quint64 request);
    void acknowledge(quint64 request, const spillway::Acknowledgement& said);
    void askMoment(quint64 request, spillway::ServerTime at);  // see readingsAt()
    void addMark(quint64 request, const spillway::HistoryMark& mark);

signals:
    void answered(quint64 request, const spillway::HistoryAnswer& answer);
    void seriesAnswered(quint64 request, const std::vector<spillway::HistorySeries>& series);
    void marksAnswered(quint64 request, const std::vector<spillway::HistoryMark>& marks);
    void extentAnswered(quint64 request, const spillway::HistoryExtent& extent);
    void pastAnswered(quint64 request, const QString& connection, const spillway::RecordedPast& past);
    void findingRunsAnswered(quint64 request, const std::vector<spillway::FindingRun>& runs);
    // Also the answer to acknowledge(): all that is said now.
    void acknowledgementsAnswered(quint64 request, const spillway::Acknowledgements& said);
    void momentAnswered(quint64 request, const std::vector<spillway::ReadingPtr>& readings);
    void markAdded(quint64 request, const spillway::HistoryMark& mark);
    void questionFailed(quint64 request, const spillway::Failure& failure);
    // Once per trouble, not per try. The live view goes on.
    void notice(const spillway::Failure& failure);
    void recordingAgain();  // after a notice
    void roleChanged(spillway::HistoryRole role);

private:
    void open();
    void flush();
    void maintain();
    void takeOver();  // a second instance looks whether the first one has ended
    void tell(const Failure& failure);
    void judge(const Outcome<Done>& written);
    // Exactly one of tellAnswer() and questionFailed().
    template <typename Question, typename Tell>
    void reply(quint64 request, Question question, Tell tellAnswer);

    HistorySettings m_settings;
    SystemClock m_clock;
    QTimer m_flush;
    QTimer m_maintain;
    std::unique_ptr<HistoryStore> m_store;
    std::optional<Failure> m_trouble;
    bool m_anyFlushed = false;
};

}  // namespace spillway
