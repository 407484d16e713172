// The histories of the window: one for its connections, and another one for those whose past is kept by
// somebody else (the demo's). Says and asks what a SessionHistory does, each connection in its own file.
#pragma once

#include <QSet>

#include "app/console/session_history.h"

namespace spillway {

class SessionHistories : public QObject {
    Q_OBJECT
public:
    explicit SessionHistories(const HistorySettings& settings, QObject* parent = nullptr);
    ~SessionHistories() override;

    // From now on these connections are recorded in, and looked up in, another file. Before they are opened.
    void keepApart(const QStringList& connections, const HistorySettings& settings);
    // The file of this connection; of an empty name: the one that text() is about.
    [[nodiscard]] QString pathOf(const QString& connection) const;
    // Of the file that the window's connections use; of the other one while only those are open.
    [[nodiscard]] QString text() const { return told().text(); }
    [[nodiscard]] QString hint() const { return told().hint(); }

public slots:
    void record(const spillway::ReadingPtr& reading);
    void askPast(const spillway::QueueRef& queue, double from, double to);
    void askTrends(const std::vector<spillway::QueueRef>& queues, double at);
    void askRecorded(const QString& connection);
    void addMark(const QString& connection, const QString& queue, const QString& text);
    void placeDeploy(const QString& id, const QString& connection, const QString& queue, const QString& text);
    void compareDeploy(const spillway::Checklist& checklist, const spillway::QueueRef& queue);
    void addActionMark(const QString& connection, const QString& queue, const QString& text);
    void acknowledge(const spillway::Acknowledgement& said);
    void askMoment(double at);
    void askFindingRuns(double from, double to);
    void refresh();

signals:
    void pastRead(const spillway::QueueRef& queue, const spillway::QueuePast& past);
    void trendRead(const spillway::QueueRef& queue, const spillway::QueuePast& past);
    void recordedRead(const QString& connection, const spillway::RecordedPast& past);
    // Of both files; told again when the other one answers.
    void momentRead(double at, const std::vector<spillway::ReadingPtr>& readings);
    void momentFailed(const spillway::Failure& failure);
    void findingRunsRead(const std::vector<spillway::FindingRun>& runs);
    void reachRead(double oldest);
    void acknowledgementsRead(const spillway::Acknowledgements& said);
    void acknowledgeFailed(const QString& title, const spillway::Failure& failure);
    void compared(const QString& id, const spillway::DeployComparison& comparison);
    void markPlaced(const QString& id);
    void markFailed(const QString& id, const QString& sentence);
    void marksRead(const std::vector<spillway::ChartMark>& marks);
    void stateChanged(const QString& text, const QString& hint);

private:
    void listen(SessionHistory* history);
    [[nodiscard]] SessionHistory& of(const QString& connection) const;
    [[nodiscard]] const SessionHistory& told() const;
    void tellMarks();
    void gather(SessionHistory* history, bool apart);
    // What both files know of the connections that are theirs.
    template <typename T>
    [[nodiscard]] std::vector<T> both(const std::vector<T>& own, const std::vector<T>& apart) const;

    QString m_path;
    std::unique_ptr<SessionHistory> m_own;
    std::unique_ptr<SessionHistory> m_apart;  // null: none
    QSet<QString> m_namesApart;
    QString m_pathApart;
    bool m_ownInUse = false;
    std::vector<ChartMark> m_marks, m_marksApart;
    Acknowledgements m_said, m_saidApart;
    std::vector<FindingRun> m_runs, m_runsApart;
    std::vector<ReadingPtr> m_moment, m_momentApart;
    double m_oldest = 0, m_oldestApart = 0;
};

}  // namespace spillway
