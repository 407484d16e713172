#include "app/acting/session_acting.h"

#include <algorithm>

#include "backends/domain/human_text.h"

namespace spillway {
using namespace Qt::StringLiterals;
namespace {

ServerTime timeOf(const QDateTime& local) {
    return serverTimeFromMillis(local.toMSecsSinceEpoch());
}

QString endMark(const ActionView& action) {
    if (!action.report) return u"%1 failed"_s.arg(actionKindName(action.kind));
    const ActionReport& report = *action.report;
    return u"%1 %2: %3 %4"_s.arg(actionKindName(action.kind), actionStateName(report.state),
                                 countText(report.counts.moved),
                                 action.kind == ActionKind::undo ? u"taken back"_s : u"put back"_s);
}

}  // namespace

SessionActing::SessionActing(ActingSetup setup, SettingsOf settingsOf, QObject* parent)
    : QObject(parent), m_setup(std::move(setup)), m_settingsOf(std::move(settingsOf)) {
    m_clock.setInterval(std::min<std::chrono::milliseconds>(m_setup.armedFor, std::chrono::seconds{1}));
    connect(&m_clock, &QTimer::timeout, this, &SessionActing::expire);
}

SessionActing::~SessionActing() {
    cancelAll();
}

SessionActing::Armed* SessionActing::find(const QString& connection) {
    const auto it = m_armed.find(connection);
    return it == m_armed.end() ? nullptr : &it->second;
}

bool SessionActing::acts() const {
    return std::any_of(m_armed.begin(), m_armed.end(), [](const auto& each) { return each.second.acts; });
}

void SessionActing::tell() {
    m_views.clear();
    for (const auto& [name, armed] : m_armed) m_views.push_back(armed.view);
    emit armingsChanged(m_views);
}

void SessionActing::arm(const QString& connection, const QString& reason) {
    if (Armed* armed = find(connection)) {
        if (!armed->view.open) return;  // it is being opened
        restartTime(*armed, reason);
        return tell();
    }
    const auto settings = m_settingsOf(connection);
    if (const auto refused = settings ? refusesActing(*settings) : std::nullopt)
        emit armingFailed(connection, *refused);
    else if (settings)
        openSession(*settings, reason);
    else
        emit armingFailed(connection, {FailureKind::usage,
                                       u"%1 is not open."_s.arg(visibleText(connection, 60)),
                                       {},
                                       u"Connect to it first."_s});
}

void SessionActing::openSession(const ConnectionSettings& settings, const QString& reason) {
    const QString name = settings.name;
    Armed& armed = m_armed[name];
    armed.view = {.connection = name, .reason = reason};
    armed.longest = std::min(m_setup.armedFor, settings.armedFor);
    armed.live = std::make_shared<LiveReading>();
    if (const auto it = m_readings.find(name); it != m_readings.end()) armed.live->set(it->second);
    armed.thread = std::make_unique<ActingThread>(m_setup.make(settings), m_setup.journal, armed.live);
    ActingThread* thread = armed.thread.get();
    connect(thread, &ActingThread::opened, this, [this, name](const std::vector<DetectedSystem>& systems) {
        Armed* opened = find(name);
        opened->view.open = true;
        opened->view.systems = systems;
        restartTime(*opened, opened->view.reason);
        tell();
    });
    connect(thread, &ActingThread::openFailed, this, [this, name](const Failure& failure) {
        close(name);
        emit armingFailed(name, failure);
    });
    connect(thread, &ActingThread::planMade, this, [this, name](quint64 ticket, const PlanView& plan) {
        find(name)->planning.remove(ticket);
        emit planMade(ticket, plan);
    });
    connect(thread, &ActingThread::planFailed, this, [this, name](quint64 ticket, const Failure& failure) {
        find(name)->planning.remove(ticket);
        emit planFailed(ticket, failure);
    });
    connect(thread, &ActingThread::progressed, this, [this, name](const ActionSnapshot& snapshot) {
        Armed* acting = find(name);
        acting->action.snapshot = snapshot;
        emit actionChanged(acting->action);
    });
    connect(thread, &ActingThread::ended, this, [this, name](const ActionReport& report) {
        end(name, [&report](ActionView& action) { action.report = report; });
    });
    connect(thread, &ActingThread::runFailed, this, [this, name](const Failure& failure) {
        end(name, [&failure](ActionView& action) { action.failure = failure; });
    });
    thread->open();
    tell();
}

void SessionActing::restartTime(Armed& armed, const QString& reason) {
    armed.view.reason = reason;
    armed.view.until = QDateTime::currentDateTime().addMSecs(armed.longest.count());
    armed.live->setArmedUntil(timeOf(armed.view.until));
    m_clock.start();
}

void SessionActing::close(const QString& connection) {
    const auto it = m_armed.find(connection);
    if (it == m_armed.end()) return;
    it->second.thread->disconnect(this);
    it->second.thread.release()->retire();  // it may be the sender of the signal that led here
    const QSet<quint64> unanswered = it->second.planning;
    m_armed.erase(it);
    if (m_armed.empty()) m_clock.stop();
    tell();
    for (const quint64 ticket : unanswered)
        emit planFailed(ticket, {FailureKind::cancelled,
                                 u"The connection is no longer armed."_s,
                                 {},
                                 u"Arm it again, with a reason."_s});
}

void SessionActing::disarm(const QString& connection) {
    Armed* armed = find(connection);
    if (!armed) return;
    armed->live->setArmedUntil(std::nullopt);
    if (!armed->acts) return close(connection);
    armed->view.until = QDateTime::currentDateTime();  // the session ends with its action
    cancel(connection);
    tell();
}

// An action under way meets the guard before its next batch; its session ends with it.
void SessionActing::expire() {
    QStringList over;
    for (const auto& [name, armed] : m_armed)
        if (armed.view.open && !armed.acts && QDateTime::currentDateTime() >= armed.view.until) over << name;
    for (const QString& name : over) close(name);
}

void SessionActing::takeReading(const ReadingPtr& reading) {
    m_readings[reading->connection] = reading;
    if (Armed* armed = find(reading->connection)) armed->live->set(reading);
}

void SessionActing::plan(const QString& connection, quint64 ticket, const ActionRequest& request) {
    Armed* armed = find(connection);
    if (armed && armed->view.open && !armed->acts) {
        armed->planning.insert(ticket);
        return armed->thread->plan(ticket, request);
    }
    const QString why = armed && armed->acts ? u"Another action is under way on this connection."_s
                                             : u"The connection only observes."_s;
    emit planFailed(ticket, {FailureKind::usage,
                             why,
                             {},
                             armed && armed->acts ? u"Wait until it has ended, or cancel it."_s
                                                  : u"Arm it first, with a reason."_s});
}

RunOptions SessionActing::options(const QString& reason, const std::vector<Guard>& overridden) const {
    RunOptions options;
    options.reason = reason;
    options.actor = m_setup.actor;
    options.overridden = overridden;
    options.settle = m_setup.settle;
    return options;
}

void SessionActing::begin(Armed& armed, ActionView action) {
    action.connection = armed.view.connection;
    action.begun = QDateTime::currentDateTime();
    armed.action = std::move(action);
    armed.acts = true;
    emit actionChanged(armed.action);
}

void SessionActing::apply(const QString& connection, const ActionPlan& plan, const QString& reason,
                          const std::vector<Guard>& overridden) {
    Armed* armed = find(connection);
    if (!armed || !armed->view.open || armed->acts) return;  // the desk does not offer it
    ActionView action;
    action.environment = plan.environment;
    action.kind = plan.action;
    action.system = plan.system;
    action.queue = plan.queue;
    action.reason = reason;
    action.rate = plan.rate;
    action.snapshot.counts.planned = static_cast<qint64>(plan.jobs.size());
    begin(*armed, action);
    armed->thread->apply(plan.id, options(reason, overridden));
    emit markWanted(
        connection, plan.queue,
        u"%1 of %2"_s.arg(actionKindName(plan.action), countText(action.snapshot.counts.planned)));
}

void SessionActing::resume(const ActivityRow& row, const QString& reason,
                           const std::vector<Guard>& overridden) {
    Armed* armed = find(row.connection);
    if (!armed || !armed->view.open || armed->acts) return;
    ActionView action;
    const auto settings = m_settingsOf(row.connection);
    if (settings) action.environment = settings->environment;
    for (const ActionKind kind : {ActionKind::replay, ActionKind::release, ActionKind::undo})
        if (row.kind == actionKindName(kind)) action.kind = kind;
    action.system = row.system;
    action.queue = row.queue;
    action.reason = reason;
    action.snapshot.action = row.key;
    action.snapshot.counts = row.counts;
    begin(*armed, action);
    armed->thread->resume(row.key, options(reason, overridden));
    emit markWanted(row.connection, row.queue, u"%1 resumed"_s.arg(row.kind));
}

void SessionActing::end(const QString& connection, const std::function<void(ActionView&)>& change) {
    Armed* armed = find(connection);
    armed->acts = false;
    change(armed->action);
    const ActionView action = armed->action;
    const bool began = !action.report || !action.report->refused();
    if (began) emit markWanted(connection, action.queue, endMark(action));
    emit actionChanged(action);
    expire();
    if (!acts()) emit idle();
}

void SessionActing::pause(const QString& connection) {
    Armed* armed = find(connection);
    if (!armed || !armed->acts) return;
    armed->thread->control()->pause();
    armed->action.paused = true;
    emit actionChanged(armed->action);
}

void SessionActing::goOn(const QString& connection) {
    Armed* armed = find(connection);
    if (!armed || !armed->acts) return;
    armed->thread->control()->goOn();
    armed->action.paused = false;
    emit actionChanged(armed->action);
}

void SessionActing::setRate(const QString& connection, double jobsPerSecond) {
    Armed* armed = find(connection);
    if (!armed || !armed->acts) return;
    armed->thread->control()->setRate(jobsPerSecond);
    armed->action.rate = jobsPerSecond;
    emit actionChanged(armed->action);
}

void SessionActing::cancel(const QString& connection) {
    Armed* armed = find(connection);
    if (!armed || !armed->acts) return;
    armed->thread->control()->cancel();
    armed->action.stopping = true;
    emit actionChanged(armed->action);
}

void SessionActing::cancelAll() {
    for (auto& [name, armed] : m_armed)
        if (armed.acts) armed.thread->control()->cancel();
}

}  // namespace spillway
