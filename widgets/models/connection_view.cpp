#include "widgets/models/connection_view.h"

#include <algorithm>

#include "backends/domain/acknowledgement.h"
#include "backends/domain/display_zone.h"

namespace spillway {

ConnectionView withReading(ConnectionView view, ReadingPtr reading, const QDateTime& now) {
    if (view.last && reading->observed_at > view.last->observed_at)
        view.poll_interval_s = secondsBetween(view.last->observed_at, reading->observed_at);
    view.state = ConnectionState::live;
    view.environment = reading->environment;
    view.kind = reading->server.kind;
    view.failure.reset();
    view.retry_at.reset();
    view.last = std::move(reading);
    view.last_at = now;
    return view;
}

ConnectionView withFailure(ConnectionView view, Failure failure, std::optional<QDateTime> retryAt) {
    view.state = view.last ? ConnectionState::stale : ConnectionState::failed;
    view.failure = std::move(failure);
    view.retry_at = std::move(retryAt);
    return view;
}

const ConnectionView* findConnection(const ConnectionViews& views, const QString& name) {
    const auto it =
        std::find_if(views.begin(), views.end(), [&](const auto& view) { return view.name == name; });
    return it == views.end() ? nullptr : &*it;
}

std::vector<Finding> findingsOf(const ConnectionView& view, const QDateTime& now) {
    if (!view.last) return {};
    std::vector<Finding> findings = view.last->findings;
    if (!view.acknowledgements.empty())
        applyAcknowledgements(findings, view.acknowledgements, serverTimeFromMillis(now.toMSecsSinceEpoch()));
    return findings;
}

std::optional<Severity> worstSeverity(const ConnectionView& view) {
    if (!view.last || view.last->findings.empty()) return std::nullopt;
    return view.last->findings.front().severity;  // worst first
}

std::optional<double> ageOfLast(const ConnectionView& view, const QDateTime& now) {
    if (!view.last) return std::nullopt;
    return std::max(0.0, static_cast<double>(view.last_at.msecsTo(now)) / 1000);
}

QDate todayOf(const ConnectionViews& views) {
    ServerTime newest{};
    for (const auto& view : views)
        if (view.last) newest = std::max(newest, view.last->observed_at);
    return newest == ServerTime{} ? displayTime(QDateTime::currentDateTimeUtc()).date()
                                  : displayTime(newest).date();
}

}  // namespace spillway
