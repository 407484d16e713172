// What the window knows about one connection. The session keeps one for each connection and hands the
// whole list to every page and part (`setConnections`); they find out themselves what changed, by
// comparing `last`. Values; GUI thread.
#pragma once

#include <QDateTime>
#include <QString>
#include <optional>
#include <vector>

#include "backends/domain/failure.h"
#include "backends/health/health_report.h"

namespace spillway {

enum class ConnectionState {
    connecting,  // nothing has arrived yet
    live,        // the last attempt brought a reading
    stale,       // the last attempt failed; `last` is old and stays visible, greyed
    failed       // it failed and there never was a reading
};

struct ConnectionView {
    QString name;  // ConnectionSettings::name; unique
    Environment environment = Environment::production;
    ServerKind kind = ServerKind::postgres;
    QString colour = {};                                  // "#rrggbb"; empty: none of its own
    QString folder = {};                                  // under which it is listed; empty: under none
    std::chrono::milliseconds armed_for = kLongestArmed;  // how long at most; 0: it only ever observes
    QString display_url;                                  // ConnectionSettings::displayUrl(): no secret
    ConnectionState state = ConnectionState::connecting;
    std::optional<Failure> failure;         // with stale and failed
    std::optional<QDateTime> retry_at;      // local; when the next attempt starts by itself
    ReadingPtr last;                        // the newest reading, or null
    bool past = false;                      // `last` was put together from the history; see readingsAt()
    QDateTime last_at;                      // local time at which `last` arrived
    Acknowledgements acknowledgements;      // of its findings, by whoever
    std::optional<double> poll_interval_s;  // between the last two readings, by the server's clock
};

using ConnectionViews = std::vector<ConnectionView>;

// What follows from an event; everything else of the view is kept.
[[nodiscard]] ConnectionView withReading(ConnectionView view, ReadingPtr reading, const QDateTime& now);
[[nodiscard]] ConnectionView withFailure(ConnectionView view, Failure failure,
                                         std::optional<QDateTime> retryAt = std::nullopt);

// The view of that name, or null. The pointer lives as long as the list is not changed.
[[nodiscard]] const ConnectionView* findConnection(const ConnectionViews& views, const QString& name);
// By the servers' clocks, in local time; by ours as long as nothing has been read.
[[nodiscard]] QDate todayOf(const ConnectionViews& views);
// The open findings of the last reading with what is said of them at `now` (local); what nobody has seen
// comes first.
[[nodiscard]] std::vector<Finding> findingsOf(const ConnectionView& view, const QDateTime& now);
// Worst severity among the open findings; nullopt: quiet or nothing known.
[[nodiscard]] std::optional<Severity> worstSeverity(const ConnectionView& view);
// Age of the last reading in seconds; nullopt without one.
[[nodiscard]] std::optional<double> ageOfLast(const ConnectionView& view, const QDateTime& now);

}  // namespace spillway
