#include "app/console/session.h"

#include <algorithm>

#include "app/console/session_histories.h"
#include "app/live/live_connection.h"
#include "backends/domain/display_zone.h"

namespace spillway {
using namespace Qt::StringLiterals;

namespace {

// With what only today's reading says: environment, kind of server, the systems' titles; and today's limits.
ReadingPtr likeToday(const Reading& past, const ConnectionView& view, const ConnectionSettings& settings) {
    auto reading = std::make_shared<Reading>(past);
    reading->environment = view.environment;
    reading->server.kind = view.kind;
    for (SystemHealth& system : reading->systems)
        for (QueueHealth& queue : system.queues)
            queue.limits = limitsOf(queue.reading.queue, settings.objectives);
    if (!view.last) return reading;
    for (SystemHealth& system : reading->systems)
        for (const SystemHealth& today : view.last->systems)
            if (today.identity.key() == system.identity.key()) system.identity = today.identity;
    return reading;
}

}  // namespace

Session::Session(QObject* parent) : Session(createBackend, PollPacing{}, parent) {}

Session::Session(MakeBackend makeBackend, PollPacing pacing, QObject* parent)
    : QObject(parent), m_makeBackend(std::move(makeBackend)), m_pacing(pacing) {}

Session::~Session() = default;

void Session::open(const ConnectionSettings& settings) {
    const QString name = settings.name;
    if (m_live.contains(name)) close(name);
    m_settings[name] = settings;
    m_views.push_back({.name = name,
                       .environment = settings.environment,
                       .kind = settings.kind,
                       .colour = settings.colour,
                       .folder = settings.folder,
                       .armed_for = settings.armedFor,
                       .display_url = settings.displayUrl(),
                       .acknowledgements = acknowledgementsOf(name)});
    auto live = std::make_unique<LiveConnection>(settings, m_makeBackend(settings), m_pacing);
    connect(live.get(), &LiveConnection::polled, this,
            [this, name](const ReadingPtr& reading) { onPolled(name, reading); });
    connect(live.get(), &LiveConnection::failed, this,
            [this, name](const Failure& failure, std::chrono::milliseconds retryIn) {
                onFailed(name, failure, retryIn);
            });
    connect(live.get(), &LiveConnection::answered, this, [this](quint64 ticket, const Answer& answer) {
        emit answered(ticket, redact(answer, m_redaction));
    });
    if (!m_journal.isEmpty()) live->watchOwnActions(m_journal);
    if (m_history) {
        m_history->askRecorded(name);  // before the first reading writes its own
        live->pollOncePastIsKnown();
    } else {
        live->pollNow();
    }
    m_live[name] = std::move(live);
    emit viewsChanged(m_views);
}

void Session::onPolled(const QString& name, const ReadingPtr& reading) {
    if (m_history) m_history->record(reading);
    const bool first = !findConnection(m_views, name)->last;
    update(name, [&](ConnectionView view) {
        return withReading(std::move(view), reading, QDateTime::currentDateTime());
    });
    emit readingTaken(reading);
    if (first) emit firstReading(name);
}

void Session::onFailed(const QString& name, const Failure& failure, std::chrono::milliseconds retryIn) {
    const ConnectionView before = *findConnection(m_views, name);
    std::optional<QDateTime> retryAt;
    if (retryIn.count() >= 0) retryAt = QDateTime::currentDateTime().addMSecs(retryIn.count());
    update(name, [&](ConnectionView view) { return withFailure(std::move(view), failure, retryAt); });
    if (before.state == ConnectionState::connecting) emit firstFailure(name, failure);
}

// Where trying again by itself would do harm (a wrong password), a question does not try either.
void Session::ask(const QString& connection, quint64 ticket, const Inquiry& inquiry) {
    const auto it = m_live.find(connection);
    if (it == m_live.end()) {
        emit answered(ticket, Failure{FailureKind::cancelled, u"%1 is not open."_s.arg(connection), {}, {}});
        return;
    }
    const ConnectionView& view = *findConnection(m_views, connection);
    if (view.failure && !view.retry_at)
        emit answered(ticket, Answer(*view.failure));
    else
        it->second->ask(ticket, inquiry);
}

void Session::keepHistory(const HistorySettings& settings) {
    m_history = std::make_unique<SessionHistories>(settings);
    connect(m_history.get(), &SessionHistories::recordedRead, this,
            [this](const QString& name, const RecordedPast& past) {
                if (const auto it = m_live.find(name); it != m_live.end()) it->second->remember(past);
            });
    connect(m_history.get(), &SessionHistories::acknowledgementsRead, this, &Session::takeAcknowledgements);
}

void Session::takeAcknowledgements(const Acknowledgements& said) {
    m_acknowledgements = said;
    for (ConnectionView& view : m_views) view.acknowledgements = acknowledgementsOf(view.name);
    emit viewsChanged(m_views);
}

Acknowledgements Session::acknowledgementsOf(const QString& connection) const {
    Acknowledgements own;
    for (const Acknowledgement& said : m_acknowledgements)
        if (said.connection == connection) own.push_back(said);
    return own;
}

void Session::keepApart(const QStringList& connections, const HistorySettings& settings) {
    if (m_history) m_history->keepApart(connections, settings);
}

void Session::close(const QString& name) {
    const auto it = m_live.find(name);
    if (it == m_live.end()) return;
    it->second->abandon();
    it->second.release()->deleteLater();  // it may be the sender of the signal that led here
    m_live.erase(it);
    m_settings.erase(name);
    std::erase_if(m_views, [&](const ConnectionView& view) { return view.name == name; });
    emit viewsChanged(m_views);
}

std::optional<ConnectionSettings> Session::settingsOf(const QString& name) const {
    const auto it = m_settings.find(name);
    return it == m_settings.end() ? std::nullopt : std::optional(it->second);
}

ConnectionViews Session::viewsOf(const std::vector<ReadingPtr>& past) const {
    ConnectionViews views = m_views;
    for (ConnectionView& view : views) {
        const auto it = std::find_if(past.begin(), past.end(), [&](const ReadingPtr& reading) {
            return reading->connection == view.name;
        });
        const ReadingPtr then = it == past.end() ? nullptr : likeToday(**it, view, m_settings.at(view.name));
        view.past = true;
        view.state = ConnectionState::live;
        view.failure.reset();
        view.last = then;
        if (then) view.last_at = displayTime(then->observed_at);
    }
    return views;
}

void Session::retry(const QString& name) {
    if (const auto it = m_live.find(name); it != m_live.end()) it->second->pollNow();
}

void Session::refreshAll() {
    for (const auto& [name, live] : m_live) live->pollNow();
}

void Session::update(const QString& name, const std::function<ConnectionView(ConnectionView)>& change) {
    const auto it = std::find_if(m_views.begin(), m_views.end(),
                                 [&](const ConnectionView& view) { return view.name == name; });
    *it = change(std::move(*it));
    emit viewsChanged(m_views);
}

}  // namespace spillway
