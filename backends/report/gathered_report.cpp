#include "backends/report/gathered_report.h"

#include <QFileInfo>
#include <QJsonDocument>
#include <algorithm>

#include "backends/acting/action_report.h"
#include "backends/journal/action_journal.h"

namespace spillway {
using namespace Qt::StringLiterals;
namespace {

constexpr size_t kMostQueues = 12;
constexpr int kPoints = 400;

const QStringList& reportedMetrics() {
    static const QStringList metrics{
        u"ready"_s,      u"dead"_s,          u"oldest_age_s"_s, u"arrival_rate"_s,
        u"drain_rate"_s, u"amplification"_s, u"claims"_s,       u"duplicate_claims"_s};
    return metrics;
}

bool isWithin(ServerTime at, const ReportRequest& request) {
    return at >= request.from && at < request.to;
}

// Those that had findings, the worst first; or the one that was asked for, on whatever it was recorded.
Outcome<std::vector<HistoryQueueKey>> queuesOf(HistoryStore& history, const IncidentReport& report) {
    std::vector<HistoryQueueKey> keys;
    const auto add = [&](const HistoryQueueKey& key) {
        if (!key.queue.isEmpty() && std::find(keys.begin(), keys.end(), key) == keys.end())
            keys.push_back(key);
    };
    if (report.request.queue.isEmpty()) {
        std::vector<FindingRun> worst = report.findings;
        std::stable_sort(worst.begin(), worst.end(), isWorse);
        for (const FindingRun& run : worst) add({run.connection, run.system, run.queue});
        return keys;
    }
    const auto series = history.series();
    if (!series) return series.failure();
    for (const HistorySeries& one : *series)
        if (one.queue.queue == report.request.queue &&
            (report.request.connection.isEmpty() || one.queue.connection == report.request.connection))
            add(one.queue);
    return keys;
}

Outcome<Done> gatherQueues(HistoryStore& history, IncidentReport& report) {
    auto keys = queuesOf(history, report);
    if (!keys) return keys.failure();
    for (const HistoryQueueKey& key : *keys) {
        if (report.queues.size() == kMostQueues) {
            ++report.queues_left_out;
            continue;
        }
        auto answer =
            history.answer({key, reportedMetrics(), report.request.from, report.request.to, kPoints});
        if (!answer) return answer.failure();
        report.queues.push_back({key, std::move(answer.value().lines)});
    }
    return Done{};
}

void gatherActions(const QString& path, IncidentReport& report) {
    if (!QFileInfo(path).isFile()) return;  // nothing was ever done
    auto journal = ActionJournal::open(path);
    const auto audit =
        journal ? journal.value()->audit() : Outcome<std::vector<AuditEntry>>(journal.failure());
    if (!audit) {
        report.notes << u"The actions are missing here. %1"_s.arg(audit.failure().sentence());
        return;
    }
    for (const AuditEntry& entry : *audit) {
        const QJsonObject record = QJsonDocument::fromJson(entry.record.toUtf8()).object();
        const ReportRequest& asked = report.request;
        if (!isWithin(timeOfAction(record), asked)) continue;
        if (!asked.connection.isEmpty() && record[u"connection"_s].toString() != asked.connection) continue;
        if (!asked.queue.isEmpty() && record[u"queue"_s].toString() != asked.queue) continue;
        report.actions.push_back(record);
    }
}

}  // namespace

Outcome<IncidentReport> gatherReport(HistoryStore& history, const QString& journal,
                                     const ReportRequest& request) {
    const Actor actor = thisActor(QStringLiteral(SPILLWAY_VERSION));
    IncidentReport report{.request = request};
    report.made_at = SystemClock().wallNow();
    report.made_by = actor.name;
    report.version = actor.version;
    auto runs = history.findingRuns({request.from, request.to, request.connection, request.queue});
    if (!runs) return runs.failure();
    report.findings = std::move(runs).value();
    auto said = history.acknowledgements(request.connection, true);
    if (!said) return said.failure();
    for (Acknowledgement& one : said.value())
        if (isWithin(one.at, request) && (request.queue.isEmpty() || one.queue == request.queue))
            report.acknowledgements.push_back(std::move(one));
    auto marks = history.marks({request.from, request.to, request.connection});
    if (!marks) return marks.failure();
    for (HistoryMark& mark : marks.value())
        if (request.queue.isEmpty() || mark.queue.isEmpty() || mark.queue == request.queue)
            report.marks.push_back(std::move(mark));
    if (auto queues = gatherQueues(history, report); !queues) return queues.failure();
    gatherActions(journal, report);
    return report;
}

}  // namespace spillway
