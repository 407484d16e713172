#include "app/acting/activity_worker.h"

#include <QFileInfo>
#include <QJsonDocument>

#include "backends/acting/action_runner.h"
#include "backends/journal/action_journal.h"

namespace spillway {
using namespace Qt::StringLiterals;
namespace {

std::map<QString, AuditView> auditById(const std::vector<AuditEntry>& entries) {
    std::map<QString, AuditView> audit;
    for (const auto& entry : entries) {
        const auto record = QJsonDocument::fromJson(entry.record.toUtf8()).object();
        audit[record[u"id"_s].toString()] = {entry.number, record, entry.previous, entry.hash};
    }
    return audit;
}

ActivityRow rowOf(const ActionRecord& record) {
    ActivityRow row;
    row.key = record.id;
    row.state = record.state;
    row.started = record.started;
    row.ended = record.ended;
    row.reason = record.reason;
    row.halt_reason = record.halt_reason;
    row.counts = record.counts;
    return row;
}

void describe(ActivityRow& row, const AuditView& audit) {
    row.audit = audit;
    row.connection = audit.record[u"connection"_s].toString();
    row.kind = audit.record[u"action"_s].toString();
    row.system = audit.record[u"system"_s].toString();
    row.queue = audit.record[u"queue"_s].toString();
}

}  // namespace

ActivityWorker::ActivityWorker(QString journalFile) : m_file(std::move(journalFile)) {}
ActivityWorker::~ActivityWorker() = default;

std::optional<Failure> ActivityWorker::open() {
    if (m_journal) return std::nullopt;
    auto journal = ActionJournal::open(m_file);
    if (!journal) return journal.failure();
    m_journal = std::move(journal).value();
    return std::nullopt;
}

void ActivityWorker::read() {
    ActivityView activity;
    if (m_journal || QFileInfo::exists(m_file)) {
        activity.failure = open();
        if (!activity.failure) activity.failure = fill(activity);
    }
    emit activityRead(activity);
}

std::optional<Failure> ActivityWorker::fill(ActivityView& activity) {
    const auto actions = m_journal->actions();
    if (!actions) return actions.failure();
    const auto entries = m_journal->audit();
    if (!entries) return entries.failure();
    const auto fault = m_journal->verifyAudit();
    if (!fault) return fault.failure();
    const auto audit = auditById(*entries);
    activity.audited = static_cast<qint64>(entries->size());
    if (*fault)
        activity.fault = u"Record %1 does not fit: %2"_s.arg((*fault)->number).arg((*fault)->sentence);
    for (const auto& record : *actions) {
        ActivityRow row = rowOf(record);
        if (const auto it = audit.find(record.id); it != audit.end())
            describe(row, it->second);
        else
            complete(row, record.plan);
        activity.rows.push_back(std::move(row));
    }
    return std::nullopt;
}

void ActivityWorker::complete(ActivityRow& row, const QString& id) {
    const auto plan = m_journal->plan(id);
    if (!plan) return;
    row.connection = plan->connection;
    row.kind = actionKindName(plan->action);
    row.system = plan->system;
    row.queue = plan->queue;
}

void ActivityWorker::abandon(const QString& action, const Actor& actor) {
    if (const auto failure = open()) {
        emit abandonFailed(*failure);
        return;
    }
    const auto nobody = createActingBackend({});  // never opened
    const SystemClock clock;
    ActionControl control;
    RunOptions options;
    options.reason = u"abandoned in the window"_s;
    options.actor = actor;
    const auto report = ActionRunner(*nobody, *m_journal, clock, control).abandon(action, options);
    if (!report) emit abandonFailed(report.failure());
    read();
}

}  // namespace spillway
