#include "app/cli/history/recording.h"

#include <QCoreApplication>
#include <algorithm>

#include "app/cli/stop_signal.h"
#include "backends/domain/human_text.h"
#include "backends/journal/action_journal.h"

namespace spillway {
using namespace Qt::StringLiterals;

Recording::Recording(CommandContext& context, const std::vector<ConnectionSettings>& connections,
                     RecordSettings settings)
    : m_context(context), m_settings(std::move(settings)) {
    for (const auto& one : connections) {
        m_connections.push_back(std::make_unique<Recorded>());
        m_connections.back()->settings = one;
        m_connections.back()->state.name = one.name;
    }
    m_end.setSingleShot(true);
    connect(&m_end, &QTimer::timeout, &m_loop, &QEventLoop::quit);
}

Recording::~Recording() = default;

Outcome<std::vector<RecordedConnection>> Recording::run() {
    m_history = std::make_unique<HistoryThread>(m_settings.history);
    connect(m_history.get(), &HistoryThread::roleChanged, this, &Recording::onRole);
    connect(m_history.get(), &HistoryThread::notice, this, &Recording::onNotice);
    connect(m_history.get(), &HistoryThread::recordingAgain, this, [this] { tell(u"Recording again."_s); });
    connect(m_history.get(), &HistoryThread::questionFailed, this,
            [this](quint64, const Failure& failure) { giveUp(failure); });
    connect(m_history.get(), &HistoryThread::pastAnswered, this, &Recording::onPast);
    m_history->askExtent();  // fails if the file could not be opened
    m_context.stop.onRequest(
        [this] { QMetaObject::invokeMethod(&m_loop, &QEventLoop::quit, Qt::QueuedConnection); });
    m_loop.exec();
    m_context.stop.onRequest({});
    QCoreApplication::sendPostedEvents();  // readings that have arrived, but not been taken yet
    for (auto& one : m_connections) one->live.reset();
    m_history.reset();  // waits until all of it is in the file
    if (m_failure) return *m_failure;
    std::vector<RecordedConnection> result;
    for (const auto& one : m_connections) result.push_back(one->state);
    return result;
}

void Recording::onRole(HistoryRole role) {
    if (role == HistoryRole::writer) return start();
    const bool second = role == HistoryRole::second;
    if (second && m_settings.wait) return tell(u"Waiting: "_s + m_notice.value_or(Failure{}).what);
    Failure failure = m_notice.value_or(Failure{});
    if (second)
        failure.nextStep = u"Its history has everything; or end it first, or give --wait to take over."_s;
    giveUp(failure);
}

// Before the first role is known a notice says how the file was opened; later ones are told as they come.
void Recording::onNotice(const Failure& notice) {
    m_notice = notice;
    if (m_recording || notice.kind == FailureKind::protocol) tell(notice.sentence());
}

void Recording::start() {
    if (std::exchange(m_recording, true)) return;
    const bool one = m_connections.size() == 1;
    tell(u"Recording %1 %2 into %3."_s.arg(m_connections.size())
             .arg(one ? u"connection"_s : u"connections"_s, m_settings.history.path));
    if (m_settings.runFor) m_end.start(*m_settings.runFor);
    for (const auto& each : m_connections) {
        Recorded& recorded = *each;
        recorded.live = std::make_unique<LiveConnection>(
            recorded.settings, m_context.createBackend(recorded.settings), m_settings.pacing);
        connect(recorded.live.get(), &LiveConnection::polled, this,
                [this, &recorded](const ReadingPtr& reading) { onPolled(recorded, reading); });
        connect(recorded.live.get(), &LiveConnection::failed, this,
                [this, &recorded](const Failure& failure, std::chrono::milliseconds retryIn) {
                    onFailed(recorded, failure, retryIn.count() < 0);
                });
        recorded.live->watchOwnActions(ActionJournal::defaultPath());
        m_history->askPast(recorded.settings.name);
        recorded.live->pollOncePastIsKnown();
    }
}

void Recording::onPast(quint64, const QString& connection, const RecordedPast& past) {
    for (const auto& one : m_connections)
        if (one->live && one->settings.name == connection) one->live->remember(past);
}

void Recording::onPolled(Recorded& one, const ReadingPtr& reading) {
    m_history->record(reading);
    for (const HistoryMark& mark : m_drift.update(*reading)) m_history->addMark(mark);
    ++one.state.readings;
    if (one.state.failure) tell(u"%1 answers again."_s.arg(visibleText(one.state.name)));
    one.state.failure.reset();
    one.state.over = m_settings.once;
    endIfAllAreOver();
}

void Recording::onFailed(Recorded& one, const Failure& failure, bool forGood) {
    ++one.state.failed;
    if (!one.state.failure || one.state.failure->kind != failure.kind)
        tell(u"%1: %2"_s.arg(visibleText(one.state.name), failure.sentence()));
    one.state.failure = failure;
    // One that worked before, or beside others, is tried again; who never got in has a wrong password.
    one.state.over = forGood || m_settings.once || (failure.refused() && one.state.readings == 0);
    endIfAllAreOver();
}

void Recording::endIfAllAreOver() {
    if (std::all_of(m_connections.begin(), m_connections.end(),
                    [](const auto& one) { return one->state.over; }))
        m_loop.quit();
}

void Recording::giveUp(const Failure& failure) {
    if (!m_failure && !m_recording) m_failure = failure;
    if (!m_recording) m_loop.quit();
}

void Recording::tell(const QString& text) {
    m_context.err << "spillwayctl: " << withoutSecrets(text) << Qt::endl;
}

}  // namespace spillway
